import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../core/failure.js';
import type { Emit } from '../events/event.js';
import type { Database } from '../registry/database.js';
import { decodeText, encodeJson, encodeText } from '../registry/text.js';
import * as sql from '../registry/units/statements.js';
import { Boss } from './boss.js';
import { canonicalJson } from './canonical.js';
import { type Drafts, NO_DRAFTS, nextDrafts } from './drafts.js';
import { takeEnded } from './ended-units.js';
import type { Distributor, DistributorEvents, UnitDraft, WorkPlan, WorkState } from './port.js';
import { Reaper } from './reaper.js';

/** With fewer waiting units than this, more are drafted, so that no worker is idle between two checks. */
const LOW_WATER = 64;
const LOOK_MS = 200;
const LONELY_MS = 15_000;
/** How often refusals are reported again. */
const ASK_MS = 1000;
/** Someone may be about to start a suitable worker; after this time it is reported that there is none. */
const PATIENCE_MS = 5 * 60_000;

/** Distributes a run through pg-boss and the work tables. */
export class QueueDistributor implements Distributor {
  readonly #database: Database;
  readonly #boss: Boss;
  readonly #plan: WorkPlan;
  readonly #emit: Emit;
  readonly #reaper: Reaper;
  readonly #queues = new Map<string, string>();
  #drafted = 0;
  #delivered = 0;
  #noWorkerSinceMs: number | undefined;
  #noted: string | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;

  private constructor(database: Database, boss: Boss, plan: WorkPlan, emit: Emit) {
    this.#database = database;
    this.#boss = boss;
    this.#plan = plan;
    this.#emit = emit;
    this.#reaper = new Reaper(database, boss, plan.runId);
  }

  /** Cleans up after runs that died. @throws Failure `queue.not_installed`, `registry.*` */
  static async open(database: Database, plan: WorkPlan, emit: Emit): Promise<QueueDistributor> {
    const boss = await Boss.open(database);
    try {
      const { rows } = await database.query<{ queue: string }>(sql.LEFT_QUEUES);
      for (const { queue } of rows) await boss.removeQueue(queue);
      await database.query(sql.SEAL_LEFT);
      await database.query(sql.FORGET_OLD);
      const rate = plan.bytesPerSecond === undefined ? null : Math.round(plan.bytesPerSecond);
      await database.query(sql.INSERT_PLAN, [plan.runId, plan.job, encodeJson(plan.options), rate]);
      return new QueueDistributor(database, boss, plan, emit);
    } catch (error) {
      await boss.close();
      throw error;
    }
  }

  async run(
    drafts: AsyncIterable<UnitDraft | undefined>,
    events: DistributorEvents,
    signal: AbortSignal,
  ): Promise<void> {
    const source = drafts[Symbol.asyncIterator]();
    try {
      let isDrafted = false;
      while (!signal.aborted && !(isDrafted && this.#delivered === this.#drafted)) {
        const state = await this.#look(events);
        const isFull = isDrafted || state.queued >= LOW_WATER;
        const more: Drafts = isFull ? NO_DRAFTS : await nextDrafts(source, signal);
        isDrafted ||= more.isLast;
        if (more.units.length > 0) {
          await this.#put(more.units);
        } else if (!isDrafted || this.#delivered < this.#drafted) {
          events.waiting(state);
          await this.#noteMissingWorkers(state);
          await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
        }
      }
      if (this.#delivered < this.#drafted) await this.#recall(events);
    } finally {
      await source.return?.();
    }
  }

  /** What cannot be removed now is removed by the next run. */
  async close(): Promise<void> {
    try {
      for (const queue of this.#queues.values()) await this.#boss.removeQueue(queue);
      await this.#seal();
      await this.#database.query(sql.DROP_REPORTS, [this.#plan.runId]);
    } catch {
      // The registry is unreachable; whoever needed it has reported that.
    } finally {
      await this.#boss.close();
    }
  }

  async #put(units: readonly UnitDraft[]): Promise<void> {
    const placed: { unit: number; queue: string; draft: UnitDraft }[] = [];
    for (const draft of units) {
      placed.push({ unit: this.#drafted + placed.length, queue: await this.#queueFor(draft.needs), draft });
    }
    const { runId } = this.#plan;
    await this.#database.transaction(async (tx) => {
      await tx.query(sql.INSERT_UNITS, [
        runId,
        placed.map(({ unit }) => unit),
        placed.map(({ queue }) => queue),
        placed.map(({ draft }) => encodeText(draft.about)),
        placed.map(({ draft }) => encodeJson(draft.payload)),
      ]);
      for (const queue of new Set(placed.map((unit) => unit.queue))) {
        const own = placed.filter((unit) => unit.queue === queue);
        await this.#boss.send(
          tx,
          queue,
          own.map(({ unit }) => ({ runId, unit })),
        );
      }
    });
    this.#drafted += placed.length;
  }

  async #queueFor(needs: unknown): Promise<string> {
    const key = canonicalJson(needs);
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    const queue = `run_${this.#plan.runId}_${this.#queues.size}`;
    await this.#database.query(sql.INSERT_QUEUE, [queue, this.#plan.runId, encodeJson(needs)]);
    await this.#boss.createQueue(queue);
    this.#queues.set(key, queue);
    return queue;
  }

  async #look(events: DistributorEvents): Promise<WorkState> {
    const { runId } = this.#plan;
    await this.#reaper.sweep(this.#queues.values());
    await this.#tellEnded(events);
    const { rows } = await this.#database.query<WorkState>(sql.COUNT_OPEN, [runId]);
    return rows[0] ?? { queued: 0, active: 0, workers: 0 };
  }

  async #tellEnded(events: DistributorEvents): Promise<void> {
    for (;;) {
      const ended = await takeEnded(this.#database, this.#plan.runId);
      if (ended.length === 0) return;
      this.#delivered += ended.length;
      for (const unit of ended) await events.ended(unit);
    }
  }

  async #recall(events: DistributorEvents): Promise<void> {
    const { runId } = this.#plan;
    await this.#database.query(sql.RECALL_PLAN, [runId]);
    await this.#database.query(sql.RECALL_QUEUED, [runId]);
    while ((await this.#atWork()) > 0) await sleep(LOOK_MS);
    await this.#seal();
    await this.#tellEnded(events);
  }

  async #atWork(): Promise<number> {
    const { rows } = await this.#database.query<{ active: number }>(sql.COUNT_AT_WORK, [this.#plan.runId]);
    return rows[0]?.active ?? 0;
  }

  async #seal(): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.query(sql.SEAL_UNITS, [this.#plan.runId]);
      await tx.query(sql.SEAL_PLAN, [this.#plan.runId]);
    });
  }

  /** @throws Failure `work.no_worker` */
  async #noteMissingWorkers({ queued, active }: WorkState): Promise<void> {
    const nowMs = performance.now();
    if (active > 0 || queued === 0) {
      this.#noWorkerSinceMs = undefined;
      return;
    }
    this.#noWorkerSinceMs ??= nowMs;
    const patienceMs = this.#plan.patienceMs ?? PATIENCE_MS;
    const waitedMs = nowMs - this.#noWorkerSinceMs;
    if (waitedMs < Math.min(LONELY_MS, patienceMs) || nowMs - this.#askedMs < ASK_MS) return;
    this.#askedMs = nowMs;
    const { rows } = await this.#database.query<{ worker: string; reason: string }>(sql.REFUSALS, [
      this.#plan.runId,
    ]);
    const refusals = rows.map(({ worker, reason }) => `${decodeText(worker)}: ${decodeText(reason)}`);
    const needs = [...this.#queues.keys()].join(' or ');
    this.#noteOnce(
      refusals.length > 0
        ? `no worker accepts the units of this run: ${refusals.join('; ')}`
        : `no worker has taken a unit: start \`salvor worker\` on a host with access to: ${needs}`,
    );
    if (refusals.length > 0 && waitedMs >= patienceMs) throw noWorker(refusals);
  }

  #noteOnce(message: string): void {
    if (this.#noted === message) return;
    this.#noted = message;
    this.#emit({ type: 'note', level: 'warning', message });
  }
}

function noWorker(refusals: readonly string[]): Failure {
  return new Failure('work.no_worker', `no worker accepts the units of this run: ${refusals.join('; ')}`, {
    hint: 'start `salvor worker` of the same version on a host with the same stores and roots, then run it again',
  });
}
