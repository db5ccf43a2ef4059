import type { Migration } from './migration.js';

/**
 * Changes of a registry that is only read: their journal entries are here, the updates are in a script. An entry is
 * pending until the registry is seen to hold what it says.
 */
export const pendingChanges: Migration = {
  version: 20,
  name: 'pending changes',
  sql: `
create table salvor.pending_changes (
  journal_id bigint primary key references salvor.journal (id),
  script text not null,
  written_at timestamptz not null default pg_catalog.now(),
  settled_at timestamptz,
  outcome text check (outcome in ('applied', 'superseded')),
  check ((settled_at is null) = (outcome is null))
);
create index pending_changes_open on salvor.pending_changes (journal_id) where settled_at is null;
`,
  grants: { 'salvor.pending_changes': ['select', 'insert', 'update'] },
};
