import type { Migration } from './migration.js';

/**
 * When a file was last verified, apart from the digest that is on record; drift as a state machine with at most one open
 * entry per artifact; and files that are read in parts over several runs.
 */
export const verifiedDriftParts: Migration = {
  version: 11,
  name: 'verified files, closed drift, partial reads',
  sql: `
alter table salvor.digests
  add column verified_at timestamptz,
  add column marker text,
  add column recorded text;
-- A scrub updates verified_at of every row: with room on the page such an update touches no index.
alter table salvor.digests set (fillfactor = 80);

alter table salvor.drift
  drop constraint drift_class_check,
  drop constraint drift_state_check,
  add constraint drift_class_check check (class in ('corrupt', 'rewritten', 'unknown', 'recorded')),
  add constraint drift_state_check
    check (state in ('open', 'accepted', 'rejected', 'returned', 'superseded')),
  alter column old_sha256 drop not null,
  add column recorded_digests text,
  add column found_digests text,
  add column old_size_bytes bigint,
  add column old_mtime timestamptz,
  add column decision_id uuid;
update salvor.drift o set state = 'superseded', decided_at = now(), note = 'newer content was found'
where state = 'open' and exists (
  select from salvor.drift n where n.artifact_id = o.artifact_id and n.table_name = o.table_name and n.state = 'open' and n.id > o.id);
drop index salvor.drift_open_once;
create unique index drift_open_once on salvor.drift (artifact_id, table_name) where state = 'open';

create table salvor.partial_reads (
  table_name text not null,
  path text not null,
  primary key (path, table_name),
  artifact_id text not null,
  artifact_type text,
  dev text not null,
  ino text not null,
  size_bytes bigint not null,
  mtime_ns text not null,
  ctime_ns text not null,
  offset_bytes bigint not null,
  states text not null,
  states_sha256 text not null,
  run_id uuid,
  host text not null,
  advanced_bytes bigint not null,
  started_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
`,
  grants: {
    'salvor.partial_reads': ['select', 'insert', 'update', 'delete'],
  },
};
