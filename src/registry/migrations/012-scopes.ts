import type { Migration } from './migration.js';

/**
 * Whose a scope's name is: the endpoint whose store it has meant since it was first used, so that a bucket of the same
 * name elsewhere gets a name of its own. The scopes that a person told the watchdog to forget. And why workers do not take
 * the units of a run.
 */
export const scopes: Migration = {
  version: 12,
  name: 'scopes',
  sql: `
create table salvor.scope_endpoints (
  scope_key bigint primary key,
  job text not null,
  scope text not null,
  endpoint text not null,
  claimed_at timestamptz not null default now()
);

create table salvor.forgotten_scopes (
  id bigint generated always as identity primary key,
  scope_key bigint not null,
  job text not null,
  scope text not null,
  forgotten_at timestamptz not null default now(),
  actor text not null,
  reason text
);
create index forgotten_scopes_by_scope on salvor.forgotten_scopes (scope_key);

create table salvor.work_refusals (
  run_id uuid not null references salvor.work_plans (run_id) on delete cascade,
  worker text not null,
  host text not null,
  reason text not null,
  at timestamptz not null default pg_catalog.now(),
  primary key (run_id, worker)
);
`,
  grants: {
    'salvor.scope_endpoints': ['select', 'insert', 'delete'],
    'salvor.forgotten_scopes': ['select', 'insert'],
    'salvor.work_refusals': ['select', 'insert', 'update'],
  },
};
