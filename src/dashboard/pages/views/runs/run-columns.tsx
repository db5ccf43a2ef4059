import type { RunInfo } from '../../../api/runs.js';
import { count, duration } from '../../format.js';
import { address } from '../../router.js';
import { RunBadge } from '../../ui/badge.js';
import { Name, now, Time } from '../../ui/text.js';

/** The columns of run lists. */
export const RUN_COLUMNS = [
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
  {
    head: 'Status',
    cell: (run: RunInfo) => (
      <>
        <RunBadge run={run} />
        {!run.qualifying && <span class="sub">not a qualifying run</span>}
      </>
    ),
  },
];

export function Took({ run }: { run: RunInfo }) {
  const end = run.finished_at === null ? now.value : Date.parse(run.finished_at);
  return <>{duration(Math.max(0, end - Date.parse(run.started_at)))}</>;
}

export function Changes({ run }: { run: { id: string; changes: number; changes_limit: number } }) {
  if (run.changes === 0) return <>0</>;
  const more = run.changes >= run.changes_limit ? ' or more' : '';
  return <a href={address('/journal', { run: run.id })}>{`${count(run.changes)}${more}`}</a>;
}
