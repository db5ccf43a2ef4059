import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { scopeKey } from '../../src/registry/runs/scope-key.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let fresh: FreshDatabase;
let db: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  db = await connect(fresh.url);
});
afterAll(async () => {
  await db.close();
  await fresh.drop();
});

const KEY = scopeKey('listings verify', 's3://b/');

/** A run that ended this number of days ago, with an id that a test can name. */
async function run(n: number, days: number, over: Record<string, unknown> = {}): Promise<string> {
  const id = `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`;
  const row = { host: 'h', status: 'ok', qualifying: true, key: KEY, ...over };
  await db.query(
    `insert into salvor.runs (id, job, scope, host, pid, options, status, exit_code, qualifying, version, started_at,
       heartbeat_at, finished_at, summary, scope_key)
     values ($1, 'listings verify', 's3://b/', $2, 1, '{}', $3, 0, $4, '0', now() - $5 * interval '1 day', now(),
       case when $3 <> 'running' then now() - $5 * interval '1 day' end, '{"n": 1}', $6)`,
    [id, row.host, row.status, row.qualifying, days, row.key],
  );
  return id;
}

async function finding(subject: string, days: number | null, runId: string): Promise<void> {
  await db.query(
    `insert into salvor.findings (job, scope, code, subject, severity, violation, message, failure, first_seen_at,
       last_seen_at, resolved_at, resolution, first_run_id, last_run_id, scope_key, subject_key)
     values ('listings verify', 's3://b/', 'listing.missing', $1, 'error', true, '', false, now() - interval '900 days', now(),
       now() - $2::integer * interval '1 day', case when $2::integer is not null then 'gone' end, $3, $3, $4,
       substring(sha256(convert_to($1, 'UTF8')) from 1 for 16))`,
    [subject, days, runId, KEY],
  );
}

const ids = async (): Promise<string[]> =>
  (
    await db.query<{ id: string }>('select id from salvor.runs where job <> $1 order by id', ['prune'])
  ).rows.map(({ id }) => id);
const subjects = async (): Promise<string[]> =>
  (await db.query<{ subject: string }>('select subject from salvor.findings order by 1')).rows.map(
    ({ subject }) => subject,
  );
const prune = async (...args: string[]) => {
  const result = await salvor(['prune', '--registry', fresh.url, '--json', ...args]);
  return { ...result, document: JSON.parse(result.stdout) };
};

it('deletes what is old, and never what is open, newest of its kind, or named by the journal', async () => {
  const old = await run(1, 900);
  const journaled = await run(2, 899);
  const inDrift = await run(3, 898);
  const firstSight = await run(4, 897);
  const baseline = await run(5, 896);
  const going = await run(6, 895, { status: 'running' });
  const lastOfHost = await run(7, 894, { host: 'gone' });
  const lastTried = await run(8, 893, { qualifying: false });
  const failed = await run(9, 892, { status: 'incomplete' });
  const young = await run(10, 10);
  await db.query(
    `insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, actor)
     values ($1, 'a', 't', 'checksum', '{}', '{}', 'x')`,
    [journaled],
  );
  await db.query(
    `insert into salvor.drift (run_id, artifact_id, table_name, old_sha256, new_sha256, size_bytes, mtime, path, root,
       class, first_seen_at, last_seen_at)
     values ($1, 'a', 't', repeat('a', 64), repeat('b', 64), 1, now(), '/f', '/', 'unknown', now(), now())`,
    [inDrift],
  );
  await db.query(
    `insert into salvor.baselines (scope_key, job, scope, run_id, accepted_at) values ($1, 'j', 's', $2, now())`,
    [KEY, baseline],
  );
  await finding('open', null, firstSight);
  await finding('ended long ago', 800, young);
  await finding('ended after that', 700, young);
  await finding('ended lately', 5, young);
  await finding('the newest', 1, young);

  const all = await ids();
  const shown = await prune('--older-than', '400d');
  expect(shown.code).toBe(0);
  expect(shown.document.summary).toMatchObject({
    dry_run: true,
    runs: { rows: 2, kept: 6 },
    findings: { rows: 2, kept: 0 },
  });
  expect(await ids()).toEqual(all);
  expect(await subjects()).toHaveLength(5);

  const done = await prune('--older-than', '400d', '--yes');
  expect(done.document.summary).toMatchObject({ dry_run: false, runs: { rows: 2, kept: 6 } });
  expect(await ids()).toEqual([
    journaled,
    inDrift,
    firstSight,
    baseline,
    going,
    lastOfHost,
    lastTried,
    young,
  ]);
  expect([old, failed].filter((id) => all.includes(id))).toHaveLength(2);
  expect(await subjects()).toEqual(['ended lately', 'open', 'the newest']);
  const { rows } = await db.query("select status, summary from salvor.runs where job = 'prune'");
  expect(rows).toEqual([
    { status: 'ok', summary: { findings_deleted: 2, summaries_deleted: 6, runs_deleted: 2 } },
  ]);
});

it('keeps the rows of runs and deletes their summaries as retention says, and nothing else', async () => {
  const { writeFileSync, mkdtempSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const config = `${mkdtempSync(`${tmpdir()}/salvor-prune-`)}/salvor.yaml`;
  writeFileSync(config, 'retention: { summaries: 5d }\n', { mode: 0o600 });
  const before = await ids();
  const newest = await run(20, 1);
  const { document } = await prune('--config', config, '--yes');
  expect(Object.keys(document.summary)).toEqual(['dry_run', 'summaries']);
  expect(await ids()).toEqual([...before, newest]);
  const { rows } = await db.query(
    'select id from salvor.runs where summary is not null and job <> $1 order by id',
    ['prune'],
  );
  expect(rows.map(({ id }) => id)).toContain(newest);
  expect(rows.map(({ id }) => id)).not.toContain('00000000-0000-0000-0000-000000000010');
});

it('requires an age, and refuses to run without one', async () => {
  const { code, document } = await prune();
  expect({ code, error: document.error.code }).toEqual({ code: 2, error: 'usage.invalid' });
});

it('keeps the newest health event of each check, and does not touch a table of the user', async () => {
  await db.query(`create table fleet_health_events (id bigint generated always as identity primary key, event_id uuid not null unique,
    host text not null, source text not null, check_name text not null, run_id uuid, status text not null, severity text not null,
    message text not null, metrics jsonb not null default '{}', started_at timestamptz, created_at timestamptz not null default now())`);
  await db.query(`insert into fleet_health_events (event_id, host, source, check_name, status, severity, message, created_at)
    select gen_random_uuid(), 'h', 's', 'c' || n % 2, 'ok', 'info', '', now() - interval '900 days' from generate_series(1, 10) as g(n)`);
  const { document } = await prune('--older-than', '400d', '--yes');
  expect(document.summary.events).toMatchObject({ rows: 8, kept: 2 });
  const { rows } = await db.query('select count(*)::integer as n from fleet_health_events');
  expect(rows).toEqual([{ n: 2 }]);
});
