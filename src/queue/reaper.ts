import type { Database } from '../registry/database.js';
import { type Boss, MAX_ATTEMPTS } from './boss.js';
import * as sql from './work-sql.js';

/** How often is looked for the dead. */
const CARE_MS = 2000;

/** Looks for the units of a run that no worker will end: dead letters, and those whose worker and message are both gone. */
export class Caretaker {
  readonly #database: Database;
  readonly #boss: Boss;
  readonly #runId: string;
  #caredMs = Number.NEGATIVE_INFINITY;

  constructor(database: Database, boss: Boss, runId: string) {
    this.#database = database;
    this.#boss = boss;
    this.#runId = runId;
  }

  /** Comes back at once when it was called not long ago. */
  async care(queues: Iterable<string>): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#caredMs < CARE_MS) return;
    this.#caredMs = nowMs;
    for (const queue of queues) await this.#buryDead(queue);
    await this.#sendForgotten();
  }

  async #buryDead(queue: string): Promise<void> {
    const dead = await this.#boss.takeDead(queue);
    if (dead.length > 0) await this.#database.query(sql.BURY, [this.#runId, dead.map(({ unit }) => unit)]);
  }

  async #sendForgotten(): Promise<void> {
    const runId = this.#runId;
    await this.#database.transaction(async (tx) => {
      const { rows } = await tx.query<{ unit: number; queue: string; state: string }>(sql.FORGOTTEN_UNITS, [
        runId,
        MAX_ATTEMPTS,
      ]);
      for (const { unit, queue, state } of rows) {
        if (state === 'queued') await this.#boss.send(tx, queue, [{ runId, unit }]);
      }
    });
  }
}
