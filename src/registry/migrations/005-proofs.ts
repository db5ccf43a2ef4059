import type { Migration } from './migration.js';

/** What drills have shown: whether an artifact's recorded content came out of a backup, each time it was tried. */
export const proofs: Migration = {
  version: 5,
  name: 'proofs',
  sql: `
create table salvor.proofs (
  id bigint generated always as identity primary key,
  run_id uuid not null,
  artifact_id text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  archive_url text,
  archive_etag text,
  member text,
  ok boolean not null,
  reason text,
  proved_at timestamptz not null default pg_catalog.now(),
  check (ok = (reason is null)),
  check (not ok or (archive_url is not null and member is not null))
);
create index proofs_artifact on salvor.proofs (artifact_id, proved_at desc);
`,
  grants: { 'salvor.proofs': ['select', 'insert'] },
};
