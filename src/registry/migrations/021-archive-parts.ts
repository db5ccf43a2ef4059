import type { Migration } from './migration.js';

/** Archives, and contents of archives, that take more than one run to read. */
export const archiveParts: Migration = {
  version: 21,
  name: 'archives read in parts',
  sql: `
create table salvor.archive_parts (
  job text not null,
  table_name text not null,
  subject text not null,
  primary key (job, table_name, subject),
  archive_url text not null,
  identity text not null,
  size_bytes bigint not null,
  offset_bytes bigint not null check (offset_bytes between 0 and size_bytes),
  state text not null,
  state_sha256 text not null,
  run_id uuid not null,
  advanced_bytes bigint not null,
  started_at timestamptz not null default pg_catalog.now(),
  updated_at timestamptz not null default pg_catalog.now()
);
`,
  grants: { 'salvor.archive_parts': ['select', 'insert', 'update', 'delete'] },
};
