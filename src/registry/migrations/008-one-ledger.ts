import type { Migration } from './migration.js';

/**
 * The ledger is for all jobs: findings keep their message, a run says why it could not run, and what was covered
 * completely is one row of its own rather than a new date in every finding that is still there. `prefix` has no index
 * of its own, because a text of any length has no place in one; a scope has few of them.
 */
export const oneLedger: Migration = {
  version: 8,
  name: 'one ledger',
  sql: `
alter table salvor.runs
  add column failures jsonb,
  add column ledger_scope text,
  add column ledger_key bigint;

alter table salvor.findings
  add column message text not null default '',
  add column failure boolean not null default false,
  add column resolved_run_id uuid,
  drop constraint findings_resolution_check,
  add constraint findings_resolution_check check (resolution in
    ('listing_written', 'archive_gone', 'exempted', 'superseded', 'checked', 'gone', 'ran', 'decided'));
create index findings_by_scope on salvor.findings (scope_key, id);

create table salvor.coverage (
  scope_key bigint not null,
  prefix text collate "C" not null,
  run_id uuid not null,
  at timestamptz not null
);
create index coverage_by_scope on salvor.coverage (scope_key);
`,
  grants: { 'salvor.coverage': ['select', 'insert', 'update', 'delete'] },
};
