import type { Migration } from './migration.js';

/** What people decided about missing files, and how each row stood when a plan was last applied. */
export const recovery: Migration = {
  version: 3,
  name: 'recovery',
  sql: `
create table salvor.decisions (
  id bigint generated always as identity primary key,
  artifact_id text not null,
  decision text not null check (decision in ('accept', 'reject', 'unrecoverable')),
  cid text check (cid ~ '^[0-9a-f]{12}$'),
  detail jsonb not null,
  note text,
  actor text not null,
  decided_at timestamptz not null default pg_catalog.now(),
  check (decision <> 'accept' or cid is not null)
);
create index decisions_artifact on salvor.decisions (artifact_id, id);

create table salvor.recovery_rows (
  artifact_id text primary key,
  artifact_type text not null,
  status text not null,
  plan_id uuid not null,
  run_id uuid,
  plan_row jsonb not null,
  updated_at timestamptz not null default pg_catalog.now()
);
create index recovery_rows_status on salvor.recovery_rows (artifact_type, status);
`,
  grants: {
    'salvor.decisions': ['select', 'insert'],
    'salvor.recovery_rows': ['select', 'insert', 'delete'],
  },
};
