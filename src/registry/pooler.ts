import type pg from 'pg';
import { Failure } from '../core/failure.js';
import { LoginClient } from './connection/login-client.js';

/** A pooler in session mode may have no server connection left for the second client; then it is in session mode. */
const SECOND_CLIENT_MS = 5000;

/**
 * Who asks in which order. A pooler in transaction mode gives an idle server connection to whoever asks next, the one
 * used last or the one idle longest: in each case one of the two clients sees two servers, or both see the same.
 */
const ORDER = ['first', 'second', 'first', 'first', 'second', 'second', 'first', 'second'] as const;

/**
 * The connection is one server process of its own, directly or through a pooler in session mode. Costs one query; a
 * second connection is opened only where a pooler answered.
 * @throws Failure `registry.pooler`
 */
export async function requireOwnBackend(
  client: pg.ClientBase,
  config: pg.ClientConfig,
  location: string,
): Promise<void> {
  // Told at the login: PostgreSQL gives its own process, a pooler a number of its making.
  const { processID: told } = client as pg.ClientBase & { processID: number | null };
  if ((await backendPid(client)) === told) return;
  const second = new LoginClient({ ...config, query_timeout: SECOND_CLIENT_MS });
  second.on('error', () => undefined);
  try {
    await second.connect();
    const seen = { first: new Set<number>(), second: new Set<number>() };
    for (const who of ORDER) seen[who].add(await backendPid(who === 'first' ? client : second));
    const all = new Set([...seen.first, ...seen.second]);
    if (seen.first.size > 1 || seen.second.size > 1 || all.size < 2) throw transactionMode(location);
  } catch (error) {
    if (error instanceof Error && error.message === 'Query read timeout') return;
    throw error;
  } finally {
    await second.end().catch(() => undefined);
  }
}

async function backendPid(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

function transactionMode(location: string): Failure {
  return new Failure(
    'registry.pooler',
    `registry ${location}: a connection pooler in transaction mode gives each transaction another server connection, so a run cannot hold its lock`,
    {
      hint: 'Connect to the PostgreSQL server directly, or through a pool in session mode (pgbouncer: pool_mode = session for this database).',
    },
  );
}
