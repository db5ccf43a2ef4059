import type pg from 'pg';
import { LoginClient } from './connection/login-client.js';
import { toFailure } from './pg-errors.js';
import type { ConnectOptions, Queries, Result, TransactionOptions } from './queries.js';
import { inTransaction, retried, type TransactionContext } from './transaction.js';

/**
 * One connection for as long as it lives. Statements are sent one after the other, in the order they were asked for;
 * a transaction keeps the others out until it ended.
 */
export interface Session extends Queries {
  /** The server process that serves this session, as `pg_stat_activity` and `pg_locks` name it. */
  readonly backendPid: number;
  /** Aborted, with the error, when the connection ends without having been closed. */
  readonly lost: AbortSignal;
  transaction<T>(work: (tx: Queries) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Never throws: the server forgets a session whose connection is gone. */
  close(): Promise<void>;
  /** Ends the connection on the spot, for a server that is silent: whoever waits for it gets an error. */
  sever(): void;
}

/** A network that swallows packets must not keep the process from ending. */
const GOODBYE_MS = 2000;

/** Timers of Node cannot be longer than 24 days. */
const LONGEST_SILENCE_MS = 3_600_000;

/** @throws Failure `registry.*` */
export async function openSession(
  config: pg.ClientConfig,
  options: ConnectOptions,
  location: string,
): Promise<Session> {
  const client = new LoginClient(config);
  const session = new ClientSession(client, { location, connect: options });
  try {
    await client.connect();
    await session.learnBackend();
    return session;
  } catch (error) {
    await session.close();
    throw toFailure(error, location);
  }
}

/** Ends a client's connection without a word, so that every question under way fails. */
export function severClient(client: pg.ClientBase): void {
  // Neither the driver nor its types have a way for a server that does not answer any more.
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}

class ClientSession implements Session {
  readonly #client: pg.Client;
  readonly #context: TransactionContext;
  readonly #lost = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  #backendPid = 0;
  #keepAwake: NodeJS.Timeout | undefined;

  constructor(client: pg.Client, context: TransactionContext) {
    this.#client = client;
    this.#context = context;
    client.on('error', (error) => this.#lose(error));
    client.on('end', () => this.#lose(new Error('Connection terminated unexpectedly')));
  }

  get backendPid(): number {
    return this.#backendPid;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Learns which process serves the session, and when the server would end it for being idle. */
  async learnBackend(): Promise<void> {
    const { rows } = await this.query<{ pid: number; idle: number | null }>(
      `select pg_catalog.pg_backend_pid() as pid, (extract(epoch from
         nullif(pg_catalog.current_setting('idle_session_timeout', true), '0')::interval) * 1000)::integer as idle`,
    );
    this.#backendPid = rows[0]?.pid ?? 0;
    const idleMs = rows[0]?.idle ?? 0;
    if (idleMs > 0) this.#stayAwake(Math.max(1, Math.min(idleMs / 3, LONGEST_SILENCE_MS)));
  }

  /** Asks something now and then. Nothing is set on the connection, which may be a pooler's. */
  #stayAwake(everyMs: number): void {
    this.#keepAwake = setInterval(() => void this.query('select 1').catch(() => undefined), everyMs).unref();
  }

  query<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Result<Row>> {
    const work = (tx: Queries): Promise<Result<Row>> => tx.query<Row>(text, values);
    return this.#next(() => inTransaction(this.#client, work, {}, this.#context));
  }

  transaction<T>(work: (tx: Queries) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#next(() => retried(() => inTransaction(this.#client, work, options, this.#context)));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#keepAwake);
    const ended = this.#client.end().catch(() => undefined);
    const tooLong = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref());
    await Promise.race([ended, tooLong]);
  }

  sever(): void {
    severClient(this.#client);
  }

  #lose(error: Error): void {
    clearInterval(this.#keepAwake);
    if (!this.#closed) this.#lost.abort(toFailure(error, this.#context.location));
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work).catch((error: unknown) => {
      throw toFailure(error, this.#context.location);
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
