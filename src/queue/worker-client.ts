import { hostname } from 'node:os';
import type { Database } from '../registry/database.js';
import { decodeJson, decodeText, encodeText } from '../registry/text.js';
import * as sql from '../registry/units/statements.js';
import { Boss, type Delivery } from './boss.js';
import { HeldUnit } from './claimed-unit.js';
import type { Claim, OpenWork, WorkerClient } from './port.js';

/** The client with which a worker process claims units. */
export class QueueClient implements WorkerClient {
  readonly #database: Database;
  readonly #boss: Boss;
  readonly #worker: string;

  private constructor(database: Database, boss: Boss, worker: string) {
    this.#database = database;
    this.#boss = boss;
    this.#worker = worker;
  }

  /** `worker`: the name of this process in output about a run. @throws Failure `queue.not_installed`, `registry.*` */
  static async open(database: Database, worker: string): Promise<QueueClient> {
    return new QueueClient(database, await Boss.open(database), worker);
  }

  async open(): Promise<OpenWork[]> {
    const { rows } = await this.#database.query<OpenRow>(sql.OPEN_WORK);
    return rows.map((row) => ({
      queue: row.queue,
      runId: row.run_id,
      job: row.job,
      options: decodeJson(row.options),
      needs: decodeJson(row.needs),
    }));
  }

  async take(work: OpenWork, stop?: AbortSignal): Promise<Claim | undefined> {
    const delivery = await this.#boss.fetch(work.queue);
    if (delivery === undefined) return undefined;
    // A message for another run, or for a unit of another queue, was sent by another program.
    if (delivery.runId !== work.runId) {
      await this.#putAside(delivery);
      return undefined;
    }
    const { rows } = await this.#database.query<ClaimRow>(sql.CLAIM, [
      delivery.runId,
      delivery.unit,
      encodeText(this.#worker),
      encodeText(hostname()),
      work.queue,
    ]);
    const [row] = rows;
    if (row === undefined) {
      await this.#putAside(delivery);
      return undefined;
    }
    const held = {
      ...work,
      unit: delivery.unit,
      attempt: row.attempts,
      about: decodeText(row.about),
      payload: decodeJson(row.payload),
      reports: row.attempts > 1 ? await this.#earlierReports(delivery) : [],
      isLimited: row.bytes_per_second !== null,
    };
    return HeldUnit.hold({ database: this.#database, boss: this.#boss }, delivery, held, stop);
  }

  async refuse({ runId }: OpenWork, reason: string): Promise<void> {
    const values = [runId, encodeText(this.#worker), encodeText(hostname()), encodeText(reason)];
    await this.#database.query(sql.REFUSE, values);
  }

  close(): Promise<void> {
    return this.#boss.close();
  }

  async #earlierReports({ runId, unit }: Delivery): Promise<unknown[]> {
    const { rows } = await this.#database.query<{ report: unknown }>(sql.REPORTS, [runId, [unit]]);
    return rows.map(({ report }) => decodeJson(report));
  }

  /** A second message for a unit that is in progress or has ended. */
  async #putAside(delivery: Delivery): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const { rowCount } = await tx.query(sql.IS_AT_WORK, [delivery.runId, delivery.unit]);
      if (rowCount === 0) await this.#boss.complete(tx, delivery);
      else await this.#boss.fail(tx, delivery, { message: 'another worker has it' });
    });
  }
}

interface OpenRow {
  queue: string;
  run_id: string;
  job: string;
  options: unknown;
  needs: unknown;
}

interface ClaimRow {
  attempts: number;
  about: string;
  payload: unknown;
  bytes_per_second: number | null;
}
