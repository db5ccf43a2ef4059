import type { Migration } from './migration.js';

/**
 * What lists ask, at millions of rows: the newest run of every scope and host found in the index, runs by host, status,
 * job and scope, drift of a run. And what `salvor prune` may delete.
 */
export const growth: Migration = {
  version: 14,
  name: 'growth',
  sql: `
create index runs_newest on salvor.runs (scope_key, host, qualifying, (status = 'running'), started_at desc, id);
create index runs_by_host on salvor.runs (host, started_at desc);
create index runs_by_status on salvor.runs (status, started_at desc);
create index runs_by_job on salvor.runs (job, started_at desc);
-- The name of a scope may be longer than an ordered index can hold.
create index runs_by_scope_name on salvor.runs using hash (scope);
create index drift_by_run on salvor.drift (run_id, id);
create index findings_resolved on salvor.findings (resolved_at) where resolved_at is not null;
`,
  grants: {
    'salvor.runs': ['delete'],
    'salvor.findings': ['delete'],
  },
};
