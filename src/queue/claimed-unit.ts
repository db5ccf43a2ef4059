import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../core/durations.js';
import { Failure } from '../core/failure.js';
import { StopRequest } from '../core/stop.js';
import type { Database } from '../registry/database.js';
import { isConnectionLoss } from '../registry/pg-errors.js';
import type { Queries } from '../registry/queries.js';
import { encodeJson } from '../registry/text.js';
import * as sql from '../registry/units/statements.js';
import type { Boss, Delivery } from './boss.js';
import type { Claim, Json, OpenWork } from './port.js';
import { takeShare } from './rate-share.js';

/** Frequent enough that a worker seems to release a revoked unit immediately. */
const TOUCH_MS = 2000;
/**
 * A worker that could not send a heartbeat for this long stops, so that it no longer reads when its unit and its share
 * of the rate are given to others. Measured by this host's monotonic clock, and at least one check shorter than the
 * silence that `units/statements.ts` in the registry allows.
 */
const LAPSE_MS = 12_000;
/** How long the registry may be unreachable before the end of a unit is left to the next attempt. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 500;

export interface Held extends OpenWork {
  unit: number;
  attempt: number;
  about: string;
  payload: Json;
  reports: readonly Json[];
  /** Whether the run has a rate limit. */
  isLimited: boolean;
}

/** A unit that this process has claimed: sends heartbeats, checks whether it was revoked, and ends it once. */
export class HeldUnit implements Claim {
  readonly queue: string;
  readonly runId: string;
  readonly job: string;
  readonly options: Json;
  readonly needs: Json;
  readonly unit: number;
  readonly attempt: number;
  readonly about: string;
  readonly payload: Json;
  readonly reports: readonly Json[];
  readonly #database: Database;
  readonly #boss: Boss;
  readonly #delivery: Delivery;
  readonly #isLimited: boolean;
  readonly #over = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #touching = false;
  #heardMs = performance.now();
  #rate: number | undefined;
  #stall: Stall | undefined;
  #rateChanged: (bytesPerSecond: number | undefined) => void = () => undefined;

  private constructor(database: Database, boss: Boss, delivery: Delivery, held: Held) {
    this.queue = held.queue;
    this.runId = held.runId;
    this.job = held.job;
    this.options = held.options;
    this.needs = held.needs;
    this.unit = held.unit;
    this.attempt = held.attempt;
    this.about = held.about;
    this.payload = held.payload;
    this.reports = held.reports;
    this.#database = database;
    this.#boss = boss;
    this.#delivery = delivery;
    this.#isLimited = held.isLimited;
    this.#timer = setInterval(() => void this.#touch(), TOUCH_MS);
    this.#timer.unref();
  }

  /** Resolves when the unit has a share of the run's rate; releases the unit if asked to stop before. */
  static async hold(
    { database, boss }: { database: Database; boss: Boss },
    delivery: Delivery,
    held: Held,
    stop?: AbortSignal,
  ): Promise<HeldUnit | undefined> {
    const unit = new HeldUnit(database, boss, delivery, held);
    const signal = AbortSignal.any([unit.over, ...(stop ? [stop] : [])]);
    try {
      while (held.isLimited && unit.#rate === undefined) {
        if (signal.aborted) {
          await unit.release();
          return undefined;
        }
        await unit.#renewShare();
        if (unit.#rate === undefined) await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
      return unit;
    } catch (error) {
      clearInterval(unit.#timer);
      throw error;
    }
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  onRate(changed: (bytesPerSecond: number | undefined) => void): void {
    this.#rateChanged = changed;
    changed(this.#rate);
  }

  keptWhile(progress: () => number, silenceMs: number): void {
    this.#stall = new Stall(progress, silenceMs);
  }

  async report(tx: Queries, report: Json, { items, bytes }: { items: number; bytes: number }): Promise<void> {
    const { rowCount } = await tx.query(sql.REPORT, [...this.#mine(), items, bytes, encodeJson(report)]);
    if (rowCount !== 1) throw this.#lost();
    this.#stall?.moved();
  }

  async reportNow(report: Json, amount: { items: number; bytes: number }): Promise<void> {
    await this.#database.transaction((tx) => this.report(tx, report, amount));
  }

  async done(result: Json): Promise<void> {
    await this.#end(async (tx) => {
      const { rowCount } = await tx.query(sql.DONE, [...this.#mine(), encodeJson(result)]);
      if (rowCount !== 1) throw this.#lost();
      await this.#boss.complete(tx, this.#delivery);
    });
  }

  async failed(error: { code: string; message: string }): Promise<void> {
    await this.#end(async (tx) => {
      await tx.query(sql.FAILED, [...this.#mine(), encodeJson(error)]);
      await this.#boss.fail(tx, this.#delivery, error);
    });
  }

  async release(): Promise<void> {
    const { runId, unit, queue } = this;
    await this.#end(async (tx) => {
      const { rows } = await tx.query<{ state: string }>(sql.RELEASE, this.#mine());
      if (rows[0]?.state === 'queued') await this.#boss.send(tx, queue, [{ runId, unit }]);
      await this.#boss.complete(tx, this.#delivery);
    });
  }

  #mine(): [string, number, number] {
    return [this.runId, this.unit, this.attempt];
  }

  #lost(): Failure {
    return new Failure(
      'work.lost',
      `unit ${this.unit} of run ${this.runId} no longer belongs to this worker`,
      {
        hint: 'another worker has it, or the run has ended',
      },
    );
  }

  /** A short outage of the registry must not cost an attempt. */
  async #end(settle: (tx: Queries) => Promise<void>): Promise<void> {
    const startedMs = performance.now();
    try {
      for (;;) {
        try {
          return await this.#database.transaction(settle);
        } catch (error) {
          if (!isConnectionLoss(error) || performance.now() - startedMs > PATIENCE_MS) throw error;
          await sleep(AGAIN_MS);
        }
      }
    } finally {
      clearInterval(this.#timer);
    }
  }

  async #touch(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#heardMs > LAPSE_MS) this.#over.abort(this.#lost());
    if (this.#touching || this.#over.signal.aborted) return;
    this.#touching = true;
    try {
      if (this.#stall?.isStalled === true) return await this.#giveUp(this.#stall.silenceMs);
      const { rows } = await this.#database.query<{ wanted: boolean }>(sql.TOUCH, this.#mine());
      this.#heardMs = nowMs;
      if (rows[0] === undefined) this.#over.abort(this.#lost());
      else if (!rows[0].wanted) this.#over.abort(new StopRequest('SIGTERM'));
      await this.#boss.touch(this.#delivery);
      if (this.#isLimited) await this.#renewShare();
    } catch {
      // The registry is unreachable. Every report checks again whether the unit still belongs to this worker.
    } finally {
      this.#touching = false;
    }
  }

  async #giveUp(silenceMs: number): Promise<void> {
    const message = `unit ${this.unit} of run ${this.runId}: nothing was read for ${formatDuration(silenceMs)}; it is left to other workers`;
    await this.failed({ code: 'work.lost', message });
    this.#over.abort(new Failure('work.lost', message, { hint: 'check the storage: a read hangs' }));
  }

  async #renewShare(): Promise<void> {
    const rate = await takeShare(this.#database, this.#mine());
    // No new share is available; the current one stays in effect.
    if (rate === undefined || rate === this.#rate) return;
    this.#rate = rate;
    this.#rateChanged(rate);
  }
}

/** Notices a lack of progress, by this host's monotonic clock. */
class Stall {
  readonly silenceMs: number;
  readonly #progress: () => number;
  #last: number;
  #movedMs = performance.now();

  constructor(progress: () => number, silenceMs: number) {
    this.#progress = progress;
    this.silenceMs = silenceMs;
    this.#last = progress();
  }

  moved(): void {
    this.#movedMs = performance.now();
  }

  get isStalled(): boolean {
    const now = this.#progress();
    if (now !== this.#last) this.moved();
    this.#last = now;
    return performance.now() - this.#movedMs > this.silenceMs;
  }
}
