import type { ConstructorOptions, PgBoss } from 'pg-boss';
import { Failure } from '../core/failure.js';
import type { Database } from '../registry/database.js';
import { toFailure } from '../registry/pg-errors.js';
import type { Queries } from '../registry/queries.js';
import { untilUnused } from './drop-queue.js';

/** Not pg-boss's default schema, which another application in the same database may use with other table versions. */
const SCHEMA = 'salvor_pgboss';
const MAX_CONNECTIONS = 2;

const INSTANCE = {
  schema: SCHEMA,
  max: MAX_CONNECTIONS,
  application_name: 'salvor queue',
  // Every instance monitors the others and notices a heartbeat that stopped.
  superviseIntervalSeconds: 5,
  monitorIntervalSeconds: 5,
  schedule: false,
  reindex: false,
  monitorVacuum: false,
} as const satisfies ConstructorOptions;

/** A database that is unreachable for ten seconds must not look like a dead worker. */
const HEARTBEAT_SECONDS = 20;
/** The maximum that pg-boss allows. If a unit takes longer, another worker continues from its last report. */
const LONGEST_SECONDS = 24 * 3600;

/** The total number of attempts per unit. */
export const MAX_ATTEMPTS = 4;

const QUEUE = {
  retryLimit: MAX_ATTEMPTS - 1,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  expireInSeconds: LONGEST_SECONDS,
  deleteAfterSeconds: 3600,
} as const;

/** The unit that a message names. Everything else is in the registry. */
export interface UnitMessage {
  runId: string;
  unit: number;
}

/** A fetched message, valid for this attempt only. */
export interface Delivery extends UnitMessage {
  queue: string;
  message: { id: string; retryCount: number };
}

/** The part of pg-boss that is used here. */
export class Boss {
  readonly #boss: PgBoss;
  readonly #location: string;

  private constructor(boss: PgBoss, location: string) {
    this.#boss = boss;
    this.#location = location;
  }

  /**
   * `install` creates or updates the tables; without it they must exist.
   * @throws Failure `queue.not_installed`, `registry.*`
   */
  static async open(database: Database, install = database.kind === 'embedded'): Promise<Boss> {
    const { PgBoss } = await import('pg-boss');
    const { types: _, allowExitOnIdle: __, ...driver } = database.driverConfig;
    const boss = new PgBoss({
      ...driver,
      ...INSTANCE,
      migrate: install,
      createSchema: install,
    } as ConstructorOptions);
    // Every call reports its own error; errors between calls are noticed by the next call.
    boss.on('error', () => undefined);
    boss.on('warning', () => undefined);
    try {
      await boss.start();
    } catch (error) {
      await boss.stop({ graceful: false }).catch(() => undefined);
      throw startFailure(error, database.location);
    }
    return new Boss(boss, database.location);
  }

  async createQueue(name: string): Promise<void> {
    await this.#translated(async () => {
      await this.#boss.createQueue(deadQueue(name));
      await this.#boss.createQueue(name, { ...QUEUE, deadLetter: deadQueue(name) });
    });
  }

  /** Also works while workers are still returning units of the queue. */
  async removeQueue(name: string): Promise<void> {
    await this.#translated(async () => {
      await untilUnused(() => this.#boss.deleteQueue(name));
      await untilUnused(() => this.#boss.deleteQueue(deadQueue(name)));
    });
  }

  /** Runs in the transaction. */
  async send(tx: Queries, queue: string, messages: readonly UnitMessage[]): Promise<void> {
    const jobs = messages.map((data) => ({ data }));
    await this.#translated(() => this.#boss.insert(queue, jobs, within(tx)));
  }

  async fetch(queue: string): Promise<Delivery | undefined> {
    const [job] = await this.#translated(() =>
      this.#boss.fetch<UnitMessage>(queue, { includeMetadata: true }),
    );
    if (job === undefined) return undefined;
    return { ...job.data, queue, message: { id: job.id, retryCount: job.retryCount } };
  }

  async touch({ queue, message }: Delivery): Promise<void> {
    await this.#translated(() => this.#boss.touch(queue, message));
  }

  /** Completes the message in the transaction. */
  async complete(tx: Queries, { queue, message }: Delivery): Promise<void> {
    await this.#translated(() => this.#boss.complete(queue, message, null, within(tx)));
  }

  /** Fails the message in the transaction. It is delivered again later, or becomes a dead letter. */
  async fail(tx: Queries, { queue, message }: Delivery, error: object): Promise<void> {
    await this.#translated(() => this.#boss.fail(queue, message, error, within(tx)));
  }

  /** Removes and returns the dead letters of a queue. */
  async takeDead(queue: string): Promise<UnitMessage[]> {
    return this.#translated(async () => {
      const dead = await this.#boss.fetch<UnitMessage>(deadQueue(queue), { batchSize: 100 });
      if (dead.length > 0) {
        await this.#boss.deleteJob(
          deadQueue(queue),
          dead.map(({ id }) => id),
        );
      }
      return dead.map(({ data }) => data);
    });
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false }).catch(() => undefined);
  }

  async #translated<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw toFailure(error, this.#location);
    }
  }
}

/** The SQL that a DBA runs if Salvor may not create schemas, with the minimum grants for `role`. */
export async function queueSql(role: string): Promise<string> {
  const { getConstructionPlans } = await import('pg-boss');
  const name = `"${role.replaceAll('"', '""')}"`;
  return `${getConstructionPlans(SCHEMA).trim()}

grant usage on schema ${SCHEMA} to ${name};
grant select, insert, update, delete on all tables in schema ${SCHEMA} to ${name};
grant execute on all functions in schema ${SCHEMA} to ${name};
`;
}

function deadQueue(name: string): string {
  return `${name}_dead`;
}

function within(tx: Queries): {
  db: { executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> };
} {
  return { db: { executeSql: (text, values) => tx.query(text, values) } };
}

function startFailure(error: unknown, location: string): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (!/^pg-boss (?:is not installed|database requires migrations)/.test(message))
    return toFailure(error, location);
  return new Failure(
    'queue.not_installed',
    `registry ${location}: the tables of the work queue do not exist: ${message}`,
    {
      hint: 'run `salvor init --queue`, or ask a DBA to run the output of `salvor worker --print-sql`',
      cause: error,
    },
  );
}
