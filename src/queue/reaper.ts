import type { Database } from '../registry/database.js';
import * as sql from '../registry/units/statements.js';
import { type Boss, MAX_ATTEMPTS } from './boss.js';

/** How often to look for dead units. */
const CARE_MS = 2000;
/** A unit that waits this long without a message has lost its message. */
const BARE_MS = 6000;

/** Finds units that no worker will end: dead letters, and units whose worker and message are both gone. */
export class Reaper {
  readonly #database: Database;
  readonly #boss: Boss;
  readonly #runId: string;
  #caredMs = Number.NEGATIVE_INFINITY;
  /** Units that wait without a message, and when that was first seen. */
  #bare = new Map<number, number>();

  constructor(database: Database, boss: Boss, runId: string) {
    this.#database = database;
    this.#boss = boss;
    this.#runId = runId;
  }

  /** Returns immediately if it was called recently. */
  async sweep(queues: Iterable<string>): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#caredMs < CARE_MS) return;
    this.#caredMs = nowMs;
    for (const queue of queues) await this.#buryDead(queue);
    await this.#sendForgotten();
    await this.#sendBare(nowMs);
  }

  async #buryDead(queue: string): Promise<void> {
    const dead = await this.#boss.takeDead(queue);
    if (dead.length > 0) await this.#database.query(sql.BURY, [this.#runId, dead.map(({ unit }) => unit)]);
  }

  /** Sends a lost message again. Dead letters are not affected, because they are handled before this time is up. */
  async #sendBare(nowMs: number): Promise<void> {
    const runId = this.#runId;
    const { rows } = await this.#database.query<{ unit: number }>(sql.WITHOUT_MESSAGE, [runId]);
    this.#bare = new Map(rows.map(({ unit }) => [unit, this.#bare.get(unit) ?? nowMs]));
    const due = [...this.#bare].filter(([, sinceMs]) => nowMs - sinceMs >= BARE_MS).map(([unit]) => unit);
    if (due.length === 0) return;
    await this.#database.transaction(async (tx) => {
      const queued = await tx.query<{ unit: number; queue: string }>(sql.STILL_QUEUED, [runId, due]);
      for (const { unit, queue } of queued.rows) await this.#boss.send(tx, queue, [{ runId, unit }]);
    });
    for (const unit of due) this.#bare.delete(unit);
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
