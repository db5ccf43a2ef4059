import type { Migration } from './migration.js';

/**
 * The intent of every file effect, recorded before it happens and closed after it: what a killed process left is
 * completed or reverted by the next command that writes. And what ties decisions together that were made as one.
 */
export const fileTodos: Migration = {
  version: 9,
  name: 'file to-dos',
  sql: `
create table salvor.file_todos (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('place', 'quarantine', 'bring_back', 'swap_stand_in')),
  state text not null default 'open' check (state in ('open', 'done', 'reverted', 'left')),
  table_name text not null,
  artifact_id text not null,
  run_id uuid,
  entry_id bigint,
  host text not null,
  root text not null,
  path text not null,
  draft text,
  kept text,
  stand_in_sha256 text check (stand_in_sha256 ~ '^[0-9a-f]{64}$'),
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  inode text,
  change jsonb,
  by_script boolean not null default false,
  note text,
  opened_at timestamptz not null default pg_catalog.now(),
  closed_at timestamptz
);
create index file_todos_open on salvor.file_todos (table_name, id) where state = 'open';
create index file_todos_artifact on salvor.file_todos (artifact_id, id);
create index file_todos_run on salvor.file_todos (run_id);

-- Decisions that were made together, by cause, are withdrawn together.
alter table salvor.decisions add column group_id uuid;
create index decisions_group on salvor.decisions (group_id) where group_id is not null;
`,
  grants: { 'salvor.file_todos': ['select', 'insert', 'update'] },
};
