import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { salvor as runSalvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

/** The frozen database: a role that may only read, and a person who runs scripts. */
let fresh: FreshDatabase;
let admin: pg.Client;
let role: string;
let base: string;

beforeEach(async () => {
  fresh = await freshDatabase({ empty: true });
  admin = new pg.Client(fresh.url);
  await admin.connect();
  role = `reader_${fresh.name}`;
  await admin.query(
    `create table public.artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb);
     insert into public.artifacts select n::text, 'dataset', n || '.csv', '{}' from generate_series(1, 3) n;
     create role ${role} login; grant select on public.artifacts to ${role}`,
  );
  base = await mkdtemp(join(tmpdir(), 'salvor-readonly-'));
  for (const n of [1, 2, 3]) await writeFile(join(base, `${n}.csv`), `content ${n}`);
  await writeFile(join(base, '.mounted'), '');
  await writeConfig();
});

afterEach(async () => {
  await admin.query(`drop owned by ${role}; drop role ${role}`);
  await admin.end();
  await fresh.drop();
  await rm(base, { recursive: true, force: true });
});

async function writeConfig(more = ''): Promise<void> {
  await writeFile(
    join(base, 'salvor.yaml'),
    `registry: { url: "${fresh.url.replace('salvor@', `${role}@`)}", mode: readonly, table: public.artifacts, emit_sql: scripts }
state: { url: "embedded:${join(base, 'state')}" }
roots: [ { path: "${base}", sentinel: .mounted } ]
${more}`,
  );
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the command prints
async function salvor(...args: string[]): Promise<{ code: number | null; json: any; stderr: string }> {
  const ran = await runSalvor([...args, '--config', join(base, 'salvor.yaml'), '--json'], { cwd: base });
  return { code: ran.code, json: JSON.parse(ran.stdout || '{}'), stderr: ran.stderr };
}

const scripts = async (): Promise<string[]> => (await readdir(join(base, 'scripts')).catch(() => [])).sort();

async function runScript(name: string): Promise<void> {
  // What psql alone understands.
  const text = (await readFile(join(base, 'scripts', name), 'utf8')).replace(/^\\set .*$/gm, '');
  await admin.query(text);
}

it('init, backfill, drift, undo: the frozen database gets the updates of its rows and nothing else', async () => {
  await writeConfig(`health: { ndjson: "${join(base, 'events.ndjson')}" }
watchdog: { expect: [ { job: checksums backfill, within: 26h } ] }`);
  expect((await salvor('init')).code).toBe(0);
  const first = await salvor('checksums', 'backfill');
  expect(first.stderr).not.toContain('not_initialised');
  expect(first).toMatchObject({
    code: 0,
    json: { summary: { rows_updated: 3, script: expect.any(String) } },
  });
  const [script] = await scripts();
  expect(first.json.summary.script).toBe(join(base, 'scripts', script ?? ''));
  expect(
    (await admin.query("select count(*)::int as n from public.artifacts where metadata = '{}'")).rows,
  ).toEqual([{ n: 3 }]);
  expect((await salvor('status')).json.summary.pending_scripts).toMatchObject([{ changes: 3 }]);
  const events = await readFile(join(base, 'events.ndjson'), 'utf8');
  expect(events).toContain(`changes written to ${first.json.summary.script} but not yet applied`);
  expect((await salvor('watchdog')).json.summary.pending_scripts).toMatchObject([
    { script: first.json.summary.script, changes: 3 },
  ]);

  // Nobody has run it: the next run writes the same changes again, and both scripts may be run, in any order and twice.
  expect((await salvor('checksums', 'backfill')).json.summary.rows_updated).toBe(3);
  const [a = '', b = ''] = await scripts();
  for (const name of [b, a, b]) await runScript(name);
  expect((await salvor('journal', 'settle')).json.summary).toMatchObject({
    applied: 3,
    superseded: 3,
    pending: 0,
    scripts: [],
  });
  expect((await salvor('checksums', 'backfill')).json.summary).toMatchObject({
    rows_already_done: 3,
    rows_scanned: 0,
  });

  await writeFile(join(base, '1.csv'), 'changed');
  const scrub = await salvor('checksums', 'verify');
  expect(scrub).toMatchObject({ code: 1, json: { summary: { drift_events: 1, drift_open: 1 } } });
  const { json } = await salvor('drift', 'list');
  const accepted = await salvor('drift', 'accept', json.summary.drift[0].id);
  const recorded_sha256 = createHash('sha256').update('changed').digest('hex');
  expect(accepted).toMatchObject({
    code: 0,
    json: { summary: { script: expect.any(String), decided: [{ recorded_sha256 }] } },
  });
  for (const name of (await scripts()).slice(2)) await runScript(name);
  expect((await salvor('journal', 'settle')).json.summary.pending).toBe(0);

  const log = await salvor('journal', 'log', '--action', 'drift.accept');
  const undone = await salvor('journal', 'undo', log.json.summary.entries[0].id, '--yes');
  expect(undone).toMatchObject({ code: 0, json: { summary: { undone: 1, script: expect.any(String) } } });
  expect((await salvor('status')).json.summary.pending_scripts).toHaveLength(1);

  const left = await admin.query(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'v', 'S') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`,
  );
  expect(left.rows).toEqual([{ schema: 'public', name: 'artifacts' }]);
});

it('a row whose path changed since it was hashed is read again, although its digest is in another database', async () => {
  await salvor('init');
  await salvor('checksums', 'backfill');
  await runScript((await scripts())[0] ?? '');
  await writeFile(join(base, 'other.csv'), 'content 1');
  await admin.query("update public.artifacts set file_path = 'other.csv' where id = '1'");
  expect((await salvor('checksums', 'backfill')).json.summary).toMatchObject({
    rows_unchanged: 1,
    rows_already_done: 2,
  });
});

it('a scrub that stops early continues the next night, and a marker is a script too', async () => {
  await salvor('init');
  await salvor('checksums', 'backfill');
  await runScript((await scripts())[0] ?? '');
  const state = `embedded:${join(base, 'state')}`;
  const verified = async (): Promise<string[]> => {
    const db = await connect(state);
    try {
      const { rows } = await db.query<{ id: string }>(
        'select artifact_id as id from salvor.digests where verified_at is not null order by verified_at, 1',
      );
      return rows.map((row) => row.id);
    } finally {
      await db.close();
    }
  };
  const seen: number[] = [];
  for (let night = 1; night <= 3; night += 1) {
    // Each file has 9 bytes.
    expect((await salvor('checksums', 'verify', '--max-bytes', '9')).json.summary.rows_scanned).toBe(1);
    seen.push((await verified()).length);
  }
  expect(seen).toEqual([1, 2, 3]);

  const marked = await salvor('artifact', 'unrecoverable', '2', '--reason', 'gone');
  expect(marked).toMatchObject({ code: 0, json: { summary: { marked: 1, script: expect.any(String) } } });
  await runScript((await scripts()).at(-1) ?? '');
  expect((await salvor('journal', 'settle')).json.summary).toMatchObject({ applied: 1, pending: 0 });
  const shown = await salvor('artifact', 'show', '2');
  expect(shown.json.summary.history.map((one: { kind: string }) => one.kind)).toContain('decision');
});

it('without a state database or a directory for scripts, the command says what to set', async () => {
  await writeFile(
    join(base, 'salvor.yaml'),
    `registry: { url: "${fresh.url}", mode: readonly }\nroots: [ { path: "${base}" } ]\n`,
  );
  for (const command of [
    ['checksums', 'backfill', '--emit-sql', 'x.sql'],
    ['status'],
    ['listings', 'verify', 's3://bucket/'],
  ]) {
    expect(await salvor(...command)).toMatchObject({
      code: 2,
      json: { error: { code: 'config.state_required' } },
    });
  }
  await writeFile(
    join(base, 'salvor.yaml'),
    `registry: { url: "${fresh.url}", mode: readonly }\nstate: { url: "embedded:${join(base, 'state')}" }\nroots: [ { path: "${base}" } ]\n`,
  );
  const refused = await salvor('checksums', 'backfill');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.json.error.hint).toContain('registry.emit_sql');
});
