import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { asAccount, chooseAccount } from '../../src/registry/embedded/os-account.js';
import { openRegistry } from '../../src/registry/registry.js';
import { runEnd, runStart } from '../registry/runs/support.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

/** Debian's pgbouncer in front of the test run's server, with an application that shares its connections. */
const PGBOUNCER = '/usr/sbin/pgbouncer';

let fresh: FreshDatabase;
let base: string;
let bouncer: ChildProcess;
let port: number;

beforeAll(async () => {
  fresh = await freshDatabase();
  base = await mkdtemp(join(tmpdir(), 'salvor-pgbouncer-'));
  port = await freePort();
  const host = new URL(fresh.url).searchParams.get('host');
  const pool = (name: string, more: string): string =>
    `${name} = host=${host} port=5432 dbname=${fresh.name} user=salvor ${more}`;
  await writeFile(
    join(base, 'pgbouncer.ini'),
    `[databases]
${pool('transaction', 'pool_mode=transaction pool_size=4')}
${pool('single', 'pool_mode=transaction pool_size=1')}
${pool('statement', 'pool_mode=statement')}
${pool('session', 'pool_mode=session pool_size=20')}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
`,
  );
  const account = chooseAccount(base);
  if (account.kind === 'other') await chown(base, account.uid, account.gid);
  const { command, args, identity } = asAccount(account, PGBOUNCER, [join(base, 'pgbouncer.ini')]);
  bouncer = spawn(command, args, { ...identity, stdio: 'ignore' });
  await untilItAnswers();
});

afterAll(async () => {
  const gone = once(bouncer, 'exit');
  bouncer.kill('SIGKILL');
  await gone;
  await fresh.drop();
  await rm(base, { recursive: true, force: true });
});

const urlOf = (pool: string): string => `postgres://salvor@127.0.0.1:${port}/${pool}`;

describe('a pool in transaction mode', () => {
  it.each(['transaction', 'single', 'statement'])('%s is refused, with a hint', async (pool) => {
    await expect(connect(urlOf(pool))).rejects.toMatchObject({
      code: 'registry.pooler',
      exitCode: 3,
      hint: expect.stringContaining('session mode'),
    });
  });

  it('is refused while an application uses the same connections, which keep their settings', async () => {
    const application = new pg.Client(urlOf('transaction'));
    await application.connect();
    await application.query('create table if not exists public.orders (n int)');
    for (const readOnly of [true, false]) {
      for (let i = 0; i < 5; i += 1) {
        await expect(connect(urlOf('transaction'), { readOnly })).rejects.toMatchObject({
          code: 'registry.pooler',
        });
        await application.query('insert into public.orders values (1)');
        const { rows } = await application.query(
          `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
             current_setting('default_transaction_read_only') as only, current_setting('row_security') as rows`,
        );
        expect(rows).toEqual([{ statement: '0', lock: '0', only: 'off', rows: 'on' }]);
      }
    }
    await application.end();
  });
});

describe('a pool in session mode', () => {
  it('works: a run holds its lock, and nothing is left on the connections', async () => {
    const registry = await openRegistry(urlOf('session'));
    const run = await registry.runs.begin(runStart());
    await expect(registry.runs.begin(runStart())).rejects.toMatchObject({ code: 'run.locked', exitCode: 4 });
    await run.finish(runEnd());
    await registry.close();
    const readOnly = await connect(urlOf('session'), { readOnly: true });
    await readOnly.query('select 1');
    await readOnly.close();
    const application = new pg.Client(urlOf('session'));
    await application.connect();
    const { rows } = await application.query(
      "select current_setting('statement_timeout') as statement, current_setting('default_transaction_read_only') as only",
    );
    expect(rows).toEqual([{ statement: '0', only: 'off' }]);
    await application.end();
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilItAnswers(): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const client = new pg.Client(urlOf('session'));
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await sleep(100);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
