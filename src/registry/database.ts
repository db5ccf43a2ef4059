import pg from 'pg';
import { Failure } from '../core/failure.js';
import type { Server, SessionAttrs } from './connection/servers.js';
import { type EmbeddedServer, openEmbedded } from './embedded/server.js';
import { IDLE_TOO_LONG, isConnectionLoss, sqlState, toFailure } from './pg-errors.js';
import { requireOwnBackend } from './pooler.js';
import type { ConnectOptions, Queries, TransactionOptions } from './queries.js';
import { openSession, type Session, severClient } from './session.js';
import { embeddedConfig, MAX_CONNECTIONS, poolConfig, type Target, targetOf } from './target.js';
import { inTransaction, retried } from './transaction.js';

/** A PostgreSQL database, somewhere or embedded: the same adapter for both. */
export interface Database extends Queries {
  readonly kind: Target['kind'];
  /** The url without secrets, for messages. */
  readonly location: string;
  /** For a library that brings its own pool on the same driver. Holds the password. */
  readonly driverConfig: Readonly<pg.PoolConfig>;
  /**
   * Runs `work` in one transaction; repeats the whole of it after a serialization failure or a deadlock, so `work`
   * must have no effect outside of it.
   */
  transaction<T>(work: (tx: Queries) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** A connection of one's own, for what a session holds: advisory locks, temporary tables. */
  session(): Promise<Session>;
  /** Ends all connections of the pool on the spot, for a server that is silent: whoever waits for it gets an error. */
  sever(): void;
  /** Ends all connections; the last user of an embedded server stops it. */
  close(): Promise<void>;
}

/**
 * Connects to `postgres://…` or `embedded:DIR`, and proves it: a pooler that hands out another server connection for
 * each transaction is refused, because a run's lock and its temporary tables belong to one.
 * @throws Failure `registry.*`
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Database> {
  const target = targetOf(url);
  if (target.kind === 'embedded') {
    const server = await openEmbedded(target.directory);
    return proven({ target, options, server, where: embeddedConfig(server.address) }, 'any');
  }
  const { sessionAttrs } = target;
  // A standby first, and only where there is none any other.
  const passes: SessionAttrs[] = sessionAttrs === 'prefer-standby' ? ['standby', 'any'] : [sessionAttrs];
  let last: unknown;
  for (const wanted of passes) {
    for (const server of target.servers) {
      try {
        return await reachedServer(target, options, server, wanted);
      } catch (error) {
        if (!isAboutServer(error, /^registry\.(unavailable|tls|denied)$/)) throw error;
        last = error;
      }
    }
  }
  throw last;
}

function isAboutServer(error: unknown, codes: RegExp): error is Failure {
  return error instanceof Failure && codes.test(error.code);
}

/** Tries the ways to one server: another one only where encryption, or the login over it, was what failed. */
async function reachedServer(
  target: Target,
  options: ConnectOptions,
  { ways, note }: Server,
  wanted: SessionAttrs,
): Promise<Database> {
  let last: unknown;
  for (const where of ways) {
    try {
      return await proven({ target, options, where }, wanted);
    } catch (error) {
      last = isAboutServer(error, /^registry\.denied$/) ? withNote(error, note) : error;
      if (!isAboutServer(error, /^registry\.(tls|denied)$/)) break;
    }
  }
  throw last;
}

function withNote(failure: Failure, note: string | undefined): Failure {
  if (note === undefined) return failure;
  return new Failure(failure.code, failure.message, {
    hint: `${note} ${failure.hint ?? ''}`,
    cause: failure,
  });
}

interface Reach {
  target: Target;
  options: ConnectOptions;
  /** The driver's settings for the server. */
  where: pg.ClientConfig;
  /** The server, where it is an embedded one. */
  server?: EmbeddedServer;
}

async function proven(reach: Reach, wanted: SessionAttrs): Promise<PooledDatabase> {
  const database = new PooledDatabase(reach);
  try {
    await database.prove();
    await requireAttrs(database, wanted);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** @throws Failure `registry.unavailable` for a server that is not of the kind that was asked for */
async function requireAttrs(database: Database, wanted: SessionAttrs): Promise<void> {
  if (wanted === 'any') return;
  const { rows } = await database.query<{ standby: boolean; reads: boolean }>(
    `select pg_catalog.pg_is_in_recovery() as standby,
       pg_catalog.pg_is_in_recovery() or pg_catalog.current_setting('default_transaction_read_only') = 'on' as reads`,
  );
  const { standby = false, reads = false } = rows[0] ?? {};
  const fits = {
    'read-write': !reads,
    primary: !standby,
    'read-only': reads,
    standby,
    'prefer-standby': true,
  }[wanted];
  if (fits) return;
  throw new Failure(
    'registry.unavailable',
    `registry ${database.location}: no server is ${wanted}, as target_session_attrs asks for`,
    { hint: 'see which of the hosts is the primary, or change target_session_attrs in the url' },
  );
}

class PooledDatabase implements Database {
  readonly kind: Target['kind'];
  readonly location: string;
  readonly #pool: pg.Pool;
  readonly #config: pg.PoolConfig;
  readonly #options: ConnectOptions;
  readonly #server: EmbeddedServer | undefined;
  readonly #clients = new Set<pg.PoolClient>();
  #closing: Promise<void> | undefined;

  constructor({ target, options, where, server }: Reach) {
    this.kind = target.kind;
    this.location = target.location;
    this.#server = server;
    this.#options = options;
    this.#config = poolConfig(options, where);
    this.#pool = new pg.Pool(this.#config);
    // An idle connection that breaks is thrown away by the pool; whoever asks next gets a new one, or the error.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => void this.#clients.add(client));
    this.#pool.on('remove', (client) => void this.#clients.delete(client));
  }

  get driverConfig(): Readonly<pg.PoolConfig> {
    return this.#config;
  }

  async query<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []) {
    return this.transaction((tx) => tx.query<Row>(text, values), { once: true });
  }

  transaction<T>(work: (tx: Queries) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const context = { location: this.location, connect: this.#options };
    const attempt = (): Promise<T> =>
      this.#awake(() => this.#borrow((client) => inTransaction(client, work, options, context)));
    return options.once ? attempt() : retried(attempt);
  }

  /** @throws Failure `registry.pooler`, `registry.*` */
  prove(): Promise<void> {
    return this.#borrow((client) => requireOwnBackend(client, this.#config, this.location));
  }

  session(): Promise<Session> {
    return this.#reach(() => openSession(this.#config, this.#options, this.location));
  }

  sever(): void {
    for (const client of this.#clients) severClient(client);
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.end().then(() => this.#server?.close());
    return this.#closing;
  }

  /** Tries again with another connection if the server had just ended an idle one. */
  async #awake<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        const cause = error instanceof Failure ? error.cause : error;
        if (sqlState(cause) !== IDLE_TOO_LONG || tries > MAX_CONNECTIONS) throw error;
      }
    }
  }

  /** Connects, if need be to an embedded server that is started again: somebody may have killed it a moment ago. */
  async #reach<T>(connecting: () => Promise<T>): Promise<T> {
    await this.#server?.revive();
    try {
      return await connecting();
    } catch (error) {
      if (this.#server === undefined || !isConnectionLoss(error)) throw error;
      await this.#server.revive({ doubted: true });
      return connecting();
    }
  }

  async #borrow<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined;
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    try {
      client = await this.#reach(() => this.#pool.connect());
      client.on('error', onError);
      return await work(client);
    } catch (error) {
      throw toFailure(error, this.location);
    } finally {
      client?.off('error', onError);
      client?.release(broken);
    }
  }
}
