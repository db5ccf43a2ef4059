import type { Migration } from './migration.js';

/**
 * What a dashboard asks again and again, at any length of the queues: how many wait, and a page of them. The columns
 * behind `include` let the open ones be counted without a look at the rows, which are many times as wide.
 */
export const queues: Migration = {
  version: 6,
  name: 'indexes for the queues',
  sql: `
create index drift_by_state on salvor.drift (state, id) include (class, first_seen_at);

create index recovery_rows_waiting on salvor.recovery_rows (artifact_id) include (updated_at)
  where status = 'needs_review';

create index findings_waiting on salvor.findings (scope_key, id)
  include (violation, baseline, severity, code, first_seen_at) where resolved_at is null;

create index runs_series on salvor.runs (scope_key, host, started_at desc, id);

create index journal_action on salvor.journal (action, id);
create index journal_actor on salvor.journal (actor, id);
`,
  grants: {},
};
