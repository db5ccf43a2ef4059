import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveRun } from '../../../api/runs.js';
import { visible } from '../../format.js';
import { liveRuns, liveState } from '../../live.js';
import { Badge, RunBadge } from '../../ui/badge.js';
import { Empty } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { Time } from '../../ui/text.js';
import { Card } from '../page.js';
import { Changes, RUN_COLUMNS, Took } from './run-columns.js';

/** The running runs, updated live. */
export function LiveCard() {
  const runs = liveRuns.value;
  const news = useNews(runs);
  return (
    <Card title="Running or just ended" id="now" aside={<LiveSign />}>
      <p class="visually-hidden" role="status">
        {news}
      </p>
      {runs === undefined || runs.length === 0 ? (
        <Empty title={runs === undefined ? 'Waiting for the server…' : 'Nothing is running.'} />
      ) : (
        <Table
          caption="Running jobs, and those that ended in the last minute"
          rows={runs}
          keyOf={(run) => run.id}
          columns={[
            ...RUN_COLUMNS.slice(0, 3),
            { head: 'Duration', number: true, cell: (run: LiveRun) => <Took run={run} /> },
            { head: 'Changes', number: true, cell: (run: LiveRun) => <Changes run={run} /> },
            { head: 'Last heartbeat', cell: (run: LiveRun) => <Time at={run.heartbeat_at} /> },
            { head: 'Status', cell: (run: LiveRun) => <RunBadge run={run} /> },
          ]}
        />
      )}
    </Card>
  );
}

/** Announces started and ended runs to screen readers. The table changes every few seconds and is not read out. */
function useNews(runs: readonly LiveRun[] | undefined): string {
  const known = useRef<ReadonlyMap<string, string> | undefined>(undefined);
  const [news, setNews] = useState('');
  // On every server message
  useEffect(() => {
    if (runs === undefined) return;
    const before = known.current;
    known.current = new Map(runs.map((run) => [run.id, run.status]));
    if (before === undefined) return;
    const lines = runs.flatMap((run) => {
      const name = `${visible(run.job)} on ${visible(run.scope)}`;
      if (!before.has(run.id)) return run.status === 'running' ? [`${name} started.`] : [];
      return before.get(run.id) === run.status ? [] : [`${name} ended: ${run.status}.`];
    });
    if (lines.length > 0) setNews(lines.join(' '));
  }, [runs]);
  return news;
}

function LiveSign() {
  if (liveState.value === 'live') return <Badge tone="good" icon="ok" text="live" />;
  if (liveState.value === 'unread')
    return <Badge tone="bad" icon="error" text="the registry cannot be read, retrying" />;
  if (liveState.value === 'lost')
    return <Badge tone="warn" icon="warning" text="connection lost, retrying" />;
  return <Badge tone="plain" icon="running" text="connecting" />;
}
