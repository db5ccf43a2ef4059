import type { ClientBase } from 'pg';

/** What a query gives back. `bigint` columns are numbers while that is exact, else strings; `timestamptz` is a Date. */
export interface Result<Row> {
  rows: Row[];
  /** Rows read or touched. */
  rowCount: number;
}

/** Where SQL can be sent: a database, a transaction or a session. Errors are `Failure`s, or a bug's own error. */
export interface Queries {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Result<Row>>;
}

export interface TransactionOptions {
  /** Default: the server's (read committed). */
  isolation?: 'repeatable read' | 'serializable';
  readOnly?: boolean;
  /** Not tried again after a serialization failure or a deadlock. */
  once?: boolean;
}

export interface ConnectOptions {
  /** Default `salvor`; shown in `pg_stat_activity`. */
  applicationName?: string;
  /** Most connections at a time. Default 8. */
  maxConnections?: number;
  /** The server ends a statement after this. Default 30 minutes; 0 for never. */
  statementTimeoutMs?: number;
  /** The server ends a wait for a row or table lock after this. Default 1 minute; 0 for never. */
  lockTimeoutMs?: number;
  /** The server ends a session that is idle in a transaction for this long, and rolls it back. Default: never. */
  idleInTransactionTimeoutMs?: number;
  connectTimeoutMs?: number;
  /** Every transaction is read-only; the server refuses writes. */
  readOnly?: boolean;
  /** `allow`: rows that a policy hides are left out, where by default the server refuses (`registry.row_security`). */
  rowSecurity?: 'refuse' | 'allow' | undefined;
}

/** Sends one statement. Shared by pool, transactions and sessions. */
export async function run<Row>(
  client: ClientBase,
  text: string,
  values: readonly unknown[],
): Promise<Result<Row>> {
  const result = await client.query(text, [...values]);
  return { rows: result.rows, rowCount: result.rowCount ?? 0 };
}
