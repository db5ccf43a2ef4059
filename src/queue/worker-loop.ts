import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../core/failure.js';
import type { Claim, OpenWork, WorkerClient } from './port.js';

/** Processes the units of one kind of job, one at a time per slot. */
export interface UnitHandler {
  /** The `job` of the plans that it processes. */
  readonly job: string;
  /** What a unit needs but this host currently lacks, as text; undefined if it lacks nothing. */
  lacks(needs: unknown): Promise<string | undefined>;
  slot(): UnitSlot;
}

export interface UnitSlot {
  /**
   * Processes the unit and ends it with `done`, or with `release` if it was stopped.
   * @throws the error that prevents this
   */
  work(claim: Claim, stop: AbortSignal): Promise<'done' | 'released'>;
  close(): Promise<void>;
}

export interface WorkerCounts {
  units_done: number;
  units_failed: number;
  units_released: number;
}

/** Temporary failures, for which a worker needs no restart. */
const PASSING: ReadonlySet<string> = new Set([
  'registry.unavailable',
  'registry.timeout',
  'registry.conflict',
  'registry.disk_full',
  // A database that is dropped and restored is first unreachable and then empty for a while.
  'registry.missing_database',
  'registry.missing_table',
]);

const POLL_MS = 500;
const AWAY_MS = 1000;
/** Shorter than the time for which a refusal counts. */
const REFUSE_MS = 20_000;

export interface WorkerLoopParts {
  readonly client: WorkerClient;
  readonly handlers: readonly UnitHandler[];
  /** Aborted when no further unit should be started. */
  readonly stop: AbortSignal;
  readonly say: (message: string) => void;
  /** This program's version. The meaning of a unit may differ between versions. */
  readonly version: string;
  /** Converts anything thrown to a failure with a code. */
  readonly asFailure: (thrown: unknown) => Failure;
}

/** Claims and processes units in parallel slots until it is stopped. */
export class WorkerLoop {
  readonly #parts: WorkerLoopParts;
  readonly #counts: WorkerCounts = { units_done: 0, units_failed: 0, units_released: 0 };
  #isAway = false;
  readonly #refused = new Map<string, { reason: string; atMs: number }>();
  #open: { atMs: number; work: OpenWork[] } | undefined;

  constructor(parts: WorkerLoopParts) {
    this.#parts = parts;
  }

  /** Resolves when it was stopped and every unit is done or released. */
  async run(concurrency: number): Promise<WorkerCounts> {
    await Promise.all(Array.from({ length: concurrency }, () => this.#slot()));
    return this.#counts;
  }

  async #slot(): Promise<void> {
    const slots = new Map(this.#parts.handlers.map((handler) => [handler.job, handler.slot()]));
    try {
      while (!this.#parts.stop.aborted) {
        const claim = await this.#next();
        const slot = claim && slots.get(claim.job);
        if (claim && slot) await this.#work(claim, slot);
        else await this.#pause(this.#isAway ? AWAY_MS : POLL_MS);
      }
    } finally {
      for (const slot of slots.values()) await slot.close();
    }
  }

  async #next(): Promise<Claim | undefined> {
    try {
      const open = await this.#openWork();
      if (this.#isAway) this.#parts.say('the registry is reachable again');
      this.#isAway = false;
      for (const work of open) {
        if (this.#parts.stop.aborted || !(await this.#serves(work))) continue;
        const claim = await this.#parts.client.take(work, this.#parts.stop);
        if (claim !== undefined) return claim;
      }
      this.#open = undefined;
    } catch (error) {
      if (!(error instanceof Failure) || !PASSING.has(error.code)) throw error;
      if (!this.#isAway) this.#parts.say(`${error.message}; retrying until it is reachable`);
      this.#isAway = true;
      this.#open = undefined;
    }
    return undefined;
  }

  /** Looks up the runs again if there was nothing to claim, and from time to time. */
  async #openWork(): Promise<OpenWork[]> {
    const nowMs = performance.now();
    if (this.#open === undefined || nowMs - this.#open.atMs > POLL_MS) {
      this.#open = { atMs: nowMs, work: await this.#parts.client.open() };
    }
    return this.#open.work;
  }

  async #serves(work: OpenWork): Promise<boolean> {
    const handler = this.#parts.handlers.find((candidate) => candidate.job === work.job);
    if (handler === undefined) return false;
    const reason = this.#otherVersion(work.needs) ?? (await handler.lacks(work.needs));
    if (reason !== undefined) await this.#refuse(work, reason);
    return reason === undefined;
  }

  #otherVersion(needs: unknown): string | undefined {
    const { version } = this.#parts;
    const wanted = (needs as { version?: unknown }).version;
    if (wanted === version) return undefined;
    return `the run was started by salvor ${typeof wanted === 'string' ? wanted : '(an older one)'}, this worker is ${version}`;
  }

  /** Logged here once, and reported to the run from time to time. */
  async #refuse(work: OpenWork, reason: string): Promise<void> {
    const before = this.#refused.get(work.queue);
    const nowMs = performance.now();
    if (before?.reason !== reason) this.#parts.say(`leaving units to other workers: ${reason}`);
    if (before?.reason === reason && nowMs - before.atMs < REFUSE_MS) return;
    this.#refused.set(work.queue, { reason, atMs: nowMs });
    await this.#parts.client.refuse(work, reason);
  }

  async #work(claim: Claim, slot: UnitSlot): Promise<void> {
    try {
      const end = await slot.work(claim, this.#parts.stop);
      this.#counts[end === 'done' ? 'units_done' : 'units_released'] += 1;
    } catch (error) {
      await this.#giveUp(claim, error);
    }
  }

  /** If the failure cannot be reported now, the missing heartbeat shows it. */
  async #giveUp(claim: Claim, thrown: unknown): Promise<void> {
    const failure = this.#parts.asFailure(thrown);
    const isLost = failure.code === 'work.lost';
    this.#counts[isLost ? 'units_released' : 'units_failed'] += 1;
    this.#parts.say(`unit ${claim.unit} of run ${claim.runId} (${claim.about}): ${failure.message}`);
    try {
      await (isLost ? claim.release() : claim.failed({ code: failure.code, message: failure.message }));
    } catch (error) {
      this.#parts.say(`unit ${claim.unit} of run ${claim.runId}: ${this.#parts.asFailure(error).message}`);
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#parts.stop }).catch(() => undefined);
  }
}
