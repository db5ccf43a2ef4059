import type { Migration } from './migration.js';

/**
 * Runs that are shared between hosts: what they need done (`work_plans`), who can do it (`work_queues`), the units, and
 * what was reported of them. A report is written in the transaction of what it tells, on condition that the unit is
 * still its worker's (`attempts`): so each row counts once, however often a unit is delivered.
 */
export const work: Migration = {
  version: 4,
  name: 'work',
  sql: `
create table salvor.work_plans (
  run_id uuid primary key,
  job text not null,
  options jsonb not null,
  bytes_per_second bigint check (bytes_per_second > 0),
  state text not null default 'open' check (state in ('open', 'recalled', 'sealed')),
  created_at timestamptz not null default pg_catalog.now()
);
create index work_plans_open on salvor.work_plans (created_at) where state = 'open';

create table salvor.work_queues (
  queue text primary key,
  run_id uuid not null references salvor.work_plans (run_id) on delete cascade,
  needs jsonb not null
);
create index work_queues_run on salvor.work_queues (run_id);

create table salvor.work (
  run_id uuid not null references salvor.work_plans (run_id) on delete cascade,
  unit integer not null,
  queue text not null,
  about text not null,
  payload jsonb,
  state text not null default 'queued' check (state in ('queued', 'active', 'done', 'dead', 'recalled')),
  told boolean not null default false,
  attempts integer not null default 0,
  worker text,
  host text,
  bytes_per_second bigint,
  started_at timestamptz,
  touched_at timestamptz,
  ended_at timestamptz,
  result json,
  error json,
  primary key (run_id, unit)
);
create index work_pending on salvor.work (queue) where state in ('queued', 'active');
create index work_untold on salvor.work (run_id, unit) where not told;

create table salvor.work_reports (
  id bigint generated always as identity primary key,
  run_id uuid not null,
  unit integer not null,
  attempt integer not null,
  worker text not null,
  host text not null,
  items integer not null,
  bytes bigint not null,
  report json,
  at timestamptz not null default pg_catalog.now(),
  foreign key (run_id, unit) references salvor.work (run_id, unit) on delete cascade
);
create index work_reports_unit on salvor.work_reports (run_id, unit, id);

create table salvor.schedule_starts (
  job text not null,
  due_at timestamptz not null,
  host text not null,
  started_at timestamptz not null default pg_catalog.now(),
  primary key (job, due_at)
);
`,
  grants: {
    'salvor.work_plans': ['select', 'insert', 'update', 'delete'],
    'salvor.work_queues': ['select', 'insert'],
    'salvor.work': ['select', 'insert', 'update'],
    'salvor.work_reports': ['select', 'insert', 'update'],
    'salvor.schedule_starts': ['select', 'insert', 'delete'],
  },
};
