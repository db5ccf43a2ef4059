import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { salvor as runSalvor } from '../support/cli.js';
import { type DebianPostgres, makeDebianPostgres } from '../support/debian-postgres.js';

/** A primary and a hot standby of Debian's PostgreSQL: what each job does on the standby, and on the day of a failover. */
let primary: DebianPostgres;
let standby: DebianPostgres;
let admin: pg.Client;
let base: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-standby-'));
  primary = await makeDebianPostgres();
  await primary.start();
  admin = new pg.Client(primary.url);
  admin.on('error', () => undefined);
  await admin.connect();
  await admin.query(
    `create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb);
     insert into artifacts select n::text, 'dataset', n || '.csv', '{}' from generate_series(1, 3) n`,
  );
  for (const n of [1, 2, 3]) writeFileSync(join(base, `${n}.csv`), `content ${n}`);
  standby = await makeDebianPostgres({ hot_standby: 'on' }, primary);
  await standby.start();
});
afterAll(async () => {
  await admin?.end().catch(() => undefined);
  await standby?.remove();
  await primary?.remove();
  rmSync(base, { recursive: true, force: true });
});

function config(name: string, registry: string, more = ''): string {
  const file = join(base, name);
  writeFileSync(
    file,
    `registry: { ${registry} }\nroots: [ { path: "${base}" } ]\nrecovery: { destination: "${base}", sources: [ { directory: "${base}" }, { archives: "file://${base}/" } ], types: { dataset: {} } }\nbackups: [ { url: "file://${base}/" } ]\n${more}`,
  );
  return file;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the command prints
async function salvor(file: string, ...args: string[]): Promise<{ code: number | null; json: any }> {
  const ran = await runSalvor([...args, '--config', file, '--json'], { cwd: base });
  return { code: ran.code, json: JSON.parse(ran.stdout || '{}') };
}

/** The standby has what the primary had. */
async function untilReplayed(): Promise<void> {
  const { rows } = await admin.query<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn');
  const reader = new pg.Client(standby.url);
  await reader.connect();
  await expect
    .poll(
      async () =>
        (await reader.query('select pg_last_wal_replay_lsn() >= $1::pg_lsn as done', [rows[0]?.lsn])).rows[0]
          ?.done,
      { timeout: 30_000 },
    )
    .toBe(true);
  await reader.end();
}

const JOBS: readonly string[][] = [
  ['init'],
  ['checksums', 'backfill'],
  ['checksums', 'verify'],
  ['recovery', 'run'],
  ['recovery', 'plan'],
  ['recovery', 'drill'],
  ['artifact', 'unrecoverable', '1', '--reason', 'x'],
  ['listings', 'verify', 'file:///usr/lib/postgresql/'],
];

describe('on a standby alone', () => {
  it.each(JOBS.map((args) => [args.join(' '), args] as const))(
    '%s is refused with the code, the reason and the fix',
    async (_name, args) => {
      const file = config('alone.yaml', `url: "${standby.url}", table: public.artifacts`);
      const { code, json } = await salvor(file, ...args);
      expect([2, 3]).toContain(code);
      const error = json.error ?? json.failures?.[0];
      expect(error.code).toMatch(/^registry\.(read_only|not_initialised)$/);
      expect(error.message).not.toBe('');
      expect(error.hint).toMatch(/primary|readonly|salvor init|salvor\.yaml/);
    },
  );

  it('doctor says so too', async () => {
    const file = config('alone.yaml', `url: "${standby.url}", table: public.artifacts`);
    const { code, json } = await salvor(file, 'doctor');
    expect(code).toBe(1);
    expect(JSON.stringify(json.summary.checks)).toMatch(/registry\.(read_only|not_initialised)/);
  });
});

describe('on a standby with mode readonly, emit_sql and state.url', () => {
  it('each job works; the script is run on the primary and settled once it was replicated', async () => {
    const file = config(
      'readonly.yaml',
      `url: "${standby.url}", mode: readonly, table: public.artifacts, emit_sql: "${join(base, 'scripts')}"`,
      `state: { url: "embedded:${join(base, 'state')}" }\n`,
    );
    expect((await salvor(file, 'init')).code).toBe(0);
    const doctor = await salvor(file, 'doctor');
    expect([doctor.code, doctor.json.summary.errors]).toEqual([0, 0]);
    const first = await salvor(file, 'checksums', 'backfill');
    expect(first).toMatchObject({ code: 0, json: { summary: { rows_updated: 3 } } });
    const [script = ''] = readdirSync(join(base, 'scripts'));
    // What psql alone understands is left out.
    const sql = readFileSync(join(base, 'scripts', script), 'utf8').replace(/^\\.*$/gm, '');
    await admin.query(sql);
    await untilReplayed();
    expect((await salvor(file, 'journal', 'settle')).json.summary).toMatchObject({ applied: 3, pending: 0 });
    expect((await salvor(file, 'checksums', 'verify')).code).toBe(0);
    expect((await salvor(file, 'recovery', 'plan')).code).toBe(0);
  });
});

describe('failover', () => {
  it('during a run ends it with exit 3, and the next run continues on the new primary', async () => {
    await admin.query(`update artifacts set metadata = '{}'`);
    const hosts = new URL(primary.url);
    const url = `postgres://${hosts.username}:${hosts.password}@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres?target_session_attrs=read-write`;
    const file = config('fleet.yaml', `url: "${url}", table: public.artifacts`);
    expect((await salvor(file, 'init')).code).toBe(0);
    await untilReplayed();
    // The run blocks in its first write. (pg_stat_activity does not change within a transaction; pg_locks does.)
    await admin.query("begin; select from artifacts where id = '2' for update");
    const running = salvor(file, 'checksums', 'backfill');
    const waiting = 'select count(*)::int as n from pg_locks where not granted';
    await expect
      .poll(async () => (await admin.query<{ n: number }>(waiting)).rows[0]?.n, { timeout: 60_000 })
      .toBeGreaterThan(0);
    await untilReplayed();
    await primary.stop();
    standby.run('pg_ctl', ['promote', '-w', '-D', standby.data]);
    const broken = await running;
    expect(broken.code).toBe(3);
    expect(JSON.stringify(broken.json)).toContain('registry.unavailable');

    const next = await salvor(file, 'checksums', 'backfill');
    expect(next).toMatchObject({ code: 0, json: { summary: { rows_updated: 3 } } });
    const status = await salvor(file, 'runs', 'list');
    expect(JSON.stringify(status.json)).toMatch(/"status":"incomplete"/);
  }, 180_000);
});
