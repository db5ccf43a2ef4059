import type { Migration } from './migration.js';

/**
 * The journal of changes, what is known of files that were read, and drift. A run's id in the journal refers to no row:
 * what was written by a script that a person ran has none here.
 */
export const journalDigestsDrift: Migration = {
  version: 2,
  name: 'journal, digests, drift',
  sql: `
create table salvor.journal (
  id bigint generated always as identity primary key,
  run_id uuid,
  artifact_id text not null,
  action text not null,
  before json not null,
  after json not null,
  reason text,
  actor text not null,
  at timestamptz not null default now(),
  undoes bigint references salvor.journal (id)
);
create index journal_run on salvor.journal (run_id, id);
create index journal_artifact on salvor.journal (artifact_id, id);
create unique index journal_undone_once on salvor.journal (undoes) where undoes is not null;

create function salvor.journal_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'salvor.journal is append-only';
end
$$;
create trigger append_only before update or delete or truncate on salvor.journal
  for each statement execute function salvor.journal_is_append_only();

create table salvor.digests (
  artifact_id text primary key,
  path text not null,
  root text not null,
  size_bytes bigint not null check (size_bytes >= 0),
  mtime timestamptz not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  computed_at timestamptz not null,
  metadata_hash bigint
);

create table salvor.drift (
  id bigint generated always as identity primary key,
  run_id uuid,
  artifact_id text not null,
  artifact_type text,
  old_sha256 text not null,
  new_sha256 text not null,
  size_bytes bigint not null,
  mtime timestamptz not null,
  path text not null,
  root text not null,
  class text not null check (class in ('corrupt', 'rewritten', 'unknown')),
  state text not null default 'open' check (state in ('open', 'accepted', 'rejected')),
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  note text
);
create unique index drift_open_once on salvor.drift (artifact_id, old_sha256, new_sha256) where state = 'open';
create index drift_artifact on salvor.drift (artifact_id, id);
`,
  grants: {
    'salvor.journal': ['select', 'insert'],
    'salvor.digests': ['select', 'insert', 'update', 'delete'],
    'salvor.drift': ['select', 'insert', 'update'],
  },
};
