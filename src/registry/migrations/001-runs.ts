import type { Migration } from './migration.js';

/**
 * Runs, findings and baselines. `scope_key` is a hash of job and scope, and the key of the run's advisory lock;
 * `subject_key` is the start of the subject's SHA-256, because index entries have a maximum size.
 */
export const runs: Migration = {
  version: 1,
  name: 'runs',
  sql: `
create table salvor.runs (
  id uuid primary key,
  job text not null,
  scope text not null,
  host text not null,
  pid integer not null,
  options jsonb not null,
  status text not null
    check (status in ('running', 'ok', 'partial', 'findings', 'incomplete', 'interrupted')),
  exit_code integer,
  qualifying boolean not null,
  version text not null,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  finished_at timestamptz,
  summary jsonb,
  scope_key bigint not null,
  check ((status = 'running') = (finished_at is null))
);
create index runs_by_scope on salvor.runs (scope_key, started_at desc);
create index runs_by_start on salvor.runs (started_at desc);
create index runs_running on salvor.runs (heartbeat_at) where status = 'running';

create table salvor.findings (
  id bigint generated always as identity primary key,
  job text not null,
  scope text not null,
  code text not null,
  subject text collate "C" not null,
  severity text not null check (severity in ('info', 'warning', 'error')),
  violation boolean not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  resolved_at timestamptz,
  resolution text check (resolution in ('listing_written', 'archive_gone', 'exempted', 'superseded')),
  baseline boolean not null default false,
  first_run_id uuid not null,
  last_run_id uuid not null,
  scope_key bigint not null,
  subject_key bytea not null,
  check ((resolved_at is null) = (resolution is null)),
  check (violation or not baseline)
);
create unique index findings_open on salvor.findings (scope_key, subject_key, code) where resolved_at is null;
create index findings_by_subject on salvor.findings (subject_key);

create table salvor.baselines (
  scope_key bigint primary key,
  job text not null,
  scope text not null,
  run_id uuid not null,
  accepted_at timestamptz not null
);
`,
  grants: {
    'salvor.runs': ['select', 'insert', 'update'],
    'salvor.findings': ['select', 'insert', 'update'],
    'salvor.baselines': ['select', 'insert', 'update'],
  },
};
