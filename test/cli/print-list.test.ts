import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let fresh: FreshDatabase;
let db: Database;
const ROWS = 2500;

beforeAll(async () => {
  fresh = await freshDatabase();
  db = await connect(fresh.url);
  await db.query(
    'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb)',
  );
  await db.query(
    `insert into salvor.drift (artifact_id, table_name, old_sha256, new_sha256, size_bytes, mtime, path, root, class,
       first_seen_at, last_seen_at)
     select 'a' || n, t.name, repeat('a', 64), repeat('b', 64), n, now(), '/f' || n, '/', 'unknown', now(), now()
     from generate_series(1, ${ROWS}) as g(n),
       (select n.nspname || '.artifacts' as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relname = 'artifacts') as t`,
  );
  await db.query(
    `insert into salvor.runs (id, job, scope, host, pid, options, status, exit_code, qualifying, version, started_at,
       heartbeat_at, finished_at, scope_key)
     select gen_random_uuid(), 'j', 's', 'h', 1, '{}', 'ok', 0, true, '0', now() - (n / 3) * interval '1 minute', now(), now(), 1
     from generate_series(1, ${ROWS}) as g(n)`,
  );
  await db.query(
    `insert into salvor.journal (artifact_id, table_name, action, before, after, actor)
     select 'a' || n, 't', 'checksum', '{}', '{}', 'x' from generate_series(1, ${ROWS}) as g(n)`,
  );
});
afterAll(async () => {
  await db.close();
  await fresh.drop();
});

const list = async (...args: string[]) => {
  const { code, stdout } = await salvor([...args, '--registry', fresh.url, '--json']);
  expect(code).toBe(0);
  // The same text as that of any other answer, however it was printed.
  expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), null, 2)}\n`);
  return JSON.parse(stdout).summary;
};

it.each([
  ['drift', ['drift', 'list'], (row: { id: string }) => row.id],
  ['entries', ['journal', 'log'], (row: { id: string }) => row.id],
  ['runs', ['runs', 'list'], (row: { id: string }) => row.id],
] as const)('%s: every row once, over pages of one answer and over answers', async (name, command, idOf) => {
  const whole = await list(...command, '--limit', '10000');
  expect(whole.next).toBeNull();
  const ids: string[] = whole[name].map(idOf);
  expect(new Set(ids).size).toBe(ROWS);
  const first = await list(...command, '--limit', '1001');
  const second = await list(...command, '--limit', '10000', '--after', first.next);
  expect([...first[name], ...second[name]].map(idOf)).toEqual(ids);
  const numbers = ids.map(Number).filter((n) => !Number.isNaN(n));
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
});

it('the findings of a run are a list too', async () => {
  const { rows } = await db.query<{ id: string }>('select id::text as id from salvor.runs limit 1');
  const run = rows[0]?.id ?? '';
  await db.query(
    `insert into salvor.findings (job, scope, code, subject, severity, violation, message, failure, first_seen_at,
       last_seen_at, first_run_id, last_run_id, scope_key, subject_key)
     select 'j', 's', 'listing.missing', 's' || n, 'error', true, 'm', false, '2020-01-01', now(), $1, $1, 1,
       substring(sha256(('s' || n)::bytea) from 1 for 16) from generate_series(1, ${ROWS}) as g(n)`,
    [run],
  );
  const whole = await list('runs', 'show', run, '--limit', '10000');
  expect(whole).toMatchObject({ run: { id: run }, next: null });
  const subjects: string[] = whole.findings.map(({ subject }: { subject: string }) => subject);
  expect(new Set(subjects).size).toBe(ROWS);
  const first = await list('runs', 'show', run, '--limit', '1001');
  const second = await list('runs', 'show', run, '--limit', '10000', '--after', first.next);
  expect([...first.findings, ...second.findings]).toEqual(whole.findings);
});

it('says where the next page begins, and rejects an invalid cursor', async () => {
  const shown = await salvor(['drift', 'list', '--limit', '2', '--registry', fresh.url]);
  expect(shown.stdout).toContain(`Showing the first 2. To continue: --after ${ROWS - 1}`);
  for (const command of [
    ['drift', 'list'],
    ['journal', 'log'],
    ['runs', 'list'],
  ]) {
    expect((await salvor([...command, '--after', 'x', '--registry', fresh.url])).code).toBe(2);
  }
});

it('prints an empty list as any other', async () => {
  expect(await list('drift', 'list', '--state', 'rejected')).toEqual({ drift: [], open: ROWS, next: null });
});
