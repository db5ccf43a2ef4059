import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { isAlive } from '../../src/registry/embedded/process-identity.js';
import { type EmbeddedServer, openEmbedded } from '../../src/registry/embedded/server.js';
import { migrate } from '../../src/registry/migrations/migrate.js';

/** Tests need nothing to survive a power cut; `kill -9` it must, so commits are written all the same. */
const FAST = {
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
  checkpoint_timeout: '1h',
  // A database is copied for nearly every test: through few buffers, without helpers, into log files as they come.
  shared_buffers: '32MB',
  io_method: 'sync',
  wal_init_zero: 'off',
  // It would look into each of the hundreds of databases that come and go.
  autovacuum_naptime: '1h',
};
const TEMPLATE = 'salvor_template';
const TEMPLATE_LOCK = 1;

let joined: Promise<EmbeddedServer> | undefined;

/** The server of the whole test run. It stays until global-setup's end: nobody closes it before. */
function sharedServer(): Promise<EmbeddedServer> {
  joined ??= openEmbedded(inject('postgresDirectory'), { settings: FAST });
  return joined;
}

/** A url for a database on a server whose socket is in `host`. */
function socketUrl(host: string, database: string, user = 'salvor'): string {
  return `postgres://${user}@localhost:5432/${database}?host=${encodeURIComponent(host)}`;
}

async function asAdmin<T>(host: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(socketUrl(host, 'postgres'));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

let template: Promise<void> | undefined;

function ensureTemplate(host: string): Promise<void> {
  template ??= makeTemplate(host);
  return template;
}

async function makeTemplate(host: string): Promise<void> {
  await asAdmin(host, async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('select from pg_database where datname = $1 and datistemplate', [
      TEMPLATE,
    ]);
    if (rowCount === 1) return;
    await client.query(`drop database if exists ${TEMPLATE}`);
    await client.query(`create database ${TEMPLATE}`);
    const database = await connect(socketUrl(host, TEMPLATE));
    await migrate(database).finally(() => database.close());
    await client.query(`alter database ${TEMPLATE} is_template true`);
  });
}

export interface FreshDatabase {
  url: string;
  name: string;
  /** Ends every session of the database, as a restart or a network fault would. Returns how many. */
  terminateSessions(): Promise<number>;
  drop(): Promise<void>;
}

/** A database of one's own on the test run's server; with Salvor's tables unless `empty`. */
export async function freshDatabase(options: { empty?: boolean } = {}): Promise<FreshDatabase> {
  const { host } = (await sharedServer()).address;
  if (!options.empty) await ensureTemplate(host);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(host, (client) =>
    client.query(
      // As files: through the log, as by default, it takes more than twice the time.
      `create database ${name} template ${options.empty ? 'template0' : TEMPLATE} strategy file_copy`,
    ),
  );
  return {
    url: socketUrl(host, name),
    name,
    terminateSessions: () =>
      asAdmin(host, async (client) => {
        const { rows } = await client.query(
          'select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1',
          [name],
        );
        return rows.length;
      }),
    drop: () =>
      asAdmin(host, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

export interface PrivateServer {
  directory: string;
  /** A url of its database, which has Salvor's tables. */
  url: string;
  /** The postmaster's process, or undefined when none runs. */
  pid(): Promise<number | undefined>;
  /** Signals the postmaster and waits until it is gone. */
  stop(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** A server of one's own, for faults that would hurt other tests. */
export async function privateServer(): Promise<PrivateServer> {
  const base = await mkdtemp(join(tmpdir(), 'salvor-pg-'));
  const directory = join(base, 'pg');
  const server = await openEmbedded(directory, { settings: FAST });
  const url = socketUrl(server.address.host, 'salvor');
  const database = await connect(url);
  await migrate(database).finally(() => database.close());
  const pid = () => postmasterPid(directory);
  return {
    directory,
    url,
    pid,
    stop: async (signal = 'SIGINT') => {
      const running = await pid();
      if (running === undefined) return;
      process.kill(running, signal);
      while (isAlive(running)) await sleep(10);
    },
    start: async () => {
      // The first look may still see the connection that the signal is about to end.
      while ((await pid()) === undefined || !(await answers(url))) {
        await server.revive();
        await sleep(10);
      }
    },
    remove: async () => {
      await server.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** The process number in the postmaster's file, if that process lives. */
export async function postmasterPid(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid > 0 && isAlive(pid) ? pid : undefined;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
