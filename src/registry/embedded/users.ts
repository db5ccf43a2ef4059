import pg from 'pg';
import { Failure } from '../../core/failure.js';
import { sqlState, toFailure } from '../pg-errors.js';
import type { Address } from '../target.js';

/**
 * Every user of the server holds this advisory lock, shared, on a connection of its own. Who can take it for itself
 * alone is the last, and nobody can come in meanwhile. The server itself forgets users that were killed.
 */
const PRESENCE_LOCK = '4963284772151296325';

/**
 * Opens a connection that makes this process a user of the server. `busy`: the server is starting or stopping.
 * `nobody`: nothing listens. `onGone` is called when the connection is lost.
 * @throws Failure `registry.*`
 */
export async function joinServer(
  address: Address,
  location: string,
  onGone: (client: pg.Client) => void,
): Promise<pg.Client | 'busy' | 'nobody'> {
  const client = new pg.Client(clientConfig(address));
  client.on('error', () => onGone(client));
  client.on('end', () => onGone(client));
  try {
    await client.connect();
    await client.query('select pg_catalog.pg_advisory_lock_shared($1)', [PRESENCE_LOCK]);
    // A process that has nothing else to do may end; the server goes on until its next last user.
    stayFor(client, false);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    const state = sqlState(error);
    if (state === '3D000') await createDatabase(address);
    if (state === '3D000' || state?.startsWith('57P')) return 'busy';
    const failure = toFailure(error, location);
    if (failure instanceof Failure && failure.code === 'registry.unavailable') return 'nobody';
    throw failure;
  }
}

/** Whether the connection keeps the process alive. */
export function stayFor(client: pg.Client, stay: boolean): void {
  // The driver has both methods, its types do not.
  const counted = client as pg.Client & { ref(): void; unref(): void };
  if (stay) counted.ref();
  else counted.unref();
}

/** Whether nobody else uses the server; then nobody can begin to until this connection ends. */
export async function isLast(presence: pg.Client): Promise<boolean> {
  await presence.query('select pg_catalog.pg_advisory_unlock_shared($1)', [PRESENCE_LOCK]);
  const { rows } = await presence.query<{ alone: boolean }>(
    'select pg_catalog.pg_try_advisory_lock($1) as alone',
    [PRESENCE_LOCK],
  );
  return rows[0]?.alone === true;
}

/** Right after `initdb` there are only PostgreSQL's own databases. */
async function createDatabase(address: Address): Promise<void> {
  const client = new pg.Client(clientConfig({ ...address, database: 'postgres' }));
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('create database salvor');
  } catch (error) {
    // Others may have been faster; whatever else it is, the next attempt to join tells.
    if (sqlState(error) === '53100') throw toFailure(error, `embedded database in ${address.host}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function clientConfig(address: Address): pg.ClientConfig {
  return {
    ...address,
    password: '',
    ssl: false,
    application_name: 'salvor presence',
    connectionTimeoutMillis: 10_000,
  };
}
