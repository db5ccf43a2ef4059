import type { ClientBase } from 'pg';
import { isTransient, toFailure } from './pg-errors.js';
import { type ConnectOptions, type Queries, run, type TransactionOptions } from './queries.js';
import { localSettings } from './target.js';

/** How often a transaction is tried that others keep in the way of. */
const TRIES = 8;

/** Settings that all transactions on a connection share. */
export interface TransactionContext {
  /** The database without secrets, for messages. */
  location: string;
  connect: ConnectOptions;
}

/**
 * `begin`, the work, `commit`; or `rollback`. The connection is free again afterwards, as it was before, or broken:
 * no setting outlives the transaction.
 */
export async function inTransaction<T>(
  client: ClientBase,
  work: (tx: Queries) => Promise<T>,
  options: TransactionOptions,
  { location, connect }: TransactionContext,
): Promise<T> {
  const tx: Queries = {
    query: (text, values = []) =>
      run(client, text, values).catch((error: unknown) => {
        throw toFailure(error, location);
      }) as never,
  };
  try {
    const readOnly = options.readOnly === true || connect.readOnly === true;
    await client.query(`${beginStatement({ ...options, readOnly })}; ${localSettings(connect)}`);
    const value = await work(tx);
    const { command } = await client.query('commit');
    // That is how PostgreSQL answers a commit after a statement failed and nobody let the error through.
    if (command === 'ROLLBACK')
      throw new Error('the error of a statement was swallowed within a transaction');
    return value;
  } catch (error) {
    // A rollback that fails means that the connection is gone, and the transaction with it.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

function beginStatement(options: TransactionOptions): string {
  // Said each time, because the role's default may be another one.
  return `begin isolation level ${options.isolation ?? 'read committed'}${options.readOnly ? ' read only' : ''}`;
}

/** Tries again what a serialization failure or a deadlock ended, with a pause that grows. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (tries === TRIES || !(isTransient(error) || isTransient(cause))) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** tries));
    }
  }
}
