import type { LiveRun, Page, RunInfo } from '../../api.js';
import { count, duration } from '../format.js';
import { liveRuns, liveState } from '../live.js';
import { useLoad } from '../load.js';
import { address, parameter } from '../router.js';
import { Badge, RunBadge } from '../ui/badge.js';
import { Choices, ExactFilter } from '../ui/filters.js';
import { Pager } from '../ui/pager.js';
import { Answer, Empty } from '../ui/states.js';
import { Table } from '../ui/table.js';
import { Name, now, Time } from '../ui/text.js';
import { Card, PageFrame } from './page.js';

const REFRESH_MS = 30_000;

/** What runs now, and what ran. */
export function Runs() {
  const page = useLoad<Page<RunInfo>>(
    address('/api/runs', { job: parameter('job'), status: parameter('status'), after: parameter('after') }),
    REFRESH_MS,
  );
  return (
    <PageFrame title="Runs">
      <Live />
      <section class="card" aria-label="All runs">
        <div class="filters">
          <Choices
            name="status"
            label="Status"
            choices={[
              { value: '', text: 'every status' },
              ...['running', 'ok', 'partial', 'findings', 'incomplete', 'interrupted'].map((value) => ({
                value,
                text: value,
              })),
            ]}
          />
          <ExactFilter name="job" label="Job" placeholder="listings verify" />
        </div>
        <Answer of={page}>
          {(data) =>
            data.rows.length === 0 ? (
              <Empty
                title={
                  parameter('job') === undefined && parameter('status') === undefined
                    ? 'Nothing has run yet.'
                    : 'No run is like that.'
                }
              />
            ) : (
              <>
                <Table
                  caption="Runs, the newest first"
                  rows={data.rows}
                  keyOf={(run) => run.id}
                  columns={COLUMNS}
                />
                <Pager page={data} what="runs" />
              </>
            )
          }
        </Answer>
      </section>
    </PageFrame>
  );
}

const COLUMNS = [
  {
    head: 'Job',
    main: true,
    cell: (run: RunInfo) => (
      <a href={`/runs/${run.id}`}>
        <Name text={run.job} />
      </a>
    ),
  },
  { head: 'Scope', wide: true, cell: (run: RunInfo) => <Name text={run.scope} mono clamp /> },
  { head: 'Host', cell: (run: RunInfo) => <Name text={run.host} /> },
  { head: 'Started', cell: (run: RunInfo) => <Time at={run.started_at} /> },
  { head: 'Took', number: true, cell: (run: RunInfo) => <Took run={run} /> },
  { head: 'Status', cell: (run: RunInfo) => <RunBadge run={run} /> },
  {
    head: 'Qualifies',
    cell: (run: RunInfo) =>
      run.qualifying ? (
        'yes'
      ) : (
        <span title="It checked less than the configuration asks for; the watchdog does not count it">
          no
        </span>
      ),
  },
];

export function Took({ run }: { run: RunInfo }) {
  const end = run.finished_at === null ? now.value : Date.parse(run.finished_at);
  return <>{duration(Math.max(0, end - Date.parse(run.started_at)))}</>;
}

function Live() {
  const runs = liveRuns.value;
  return (
    <Card title="Now" aside={<LiveSign />}>
      <div aria-live="polite">
        {runs === undefined || runs.length === 0 ? (
          <Empty title={runs === undefined ? 'Waiting for the server…' : 'Nothing is running.'} />
        ) : (
          <Table
            caption="Runs under way, and those that ended in the last minute"
            rows={runs}
            keyOf={(run) => run.id}
            columns={[
              ...COLUMNS.slice(0, 3),
              { head: 'For', number: true, cell: (run: LiveRun) => <Took run={run} /> },
              { head: 'Changes', number: true, cell: (run: LiveRun) => <Changes run={run} /> },
              { head: 'Sign of life', cell: (run: LiveRun) => <Time at={run.heartbeat_at} /> },
              { head: 'Status', cell: (run: LiveRun) => <RunBadge run={run} /> },
            ]}
          />
        )}
      </div>
    </Card>
  );
}

export function Changes({ run }: { run: { id: string; changes: number; changes_limit: number } }) {
  if (run.changes === 0) return <>0</>;
  const more = run.changes >= run.changes_limit ? ' or more' : '';
  return <a href={address('/journal', { run: run.id })}>{`${count(run.changes)}${more}`}</a>;
}

function LiveSign() {
  if (liveState.value === 'live') return <Badge tone="good" icon="ok" text="live" />;
  if (liveState.value === 'lost')
    return <Badge tone="warn" icon="warning" text="connection lost, trying again" />;
  return <Badge tone="plain" icon="running" text="connecting" />;
}
