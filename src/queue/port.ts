import type { Queries } from '../registry/artifacts/artifacts-port.js';

/**
 * The work of one run, cut into units that workers on any host take. A unit is delivered at least once; what is
 * reported of it counts exactly once, because a report is written together with what it tells and only while the unit
 * is its worker's. Time is the database's everywhere: the hosts' clocks may differ.
 */

/** Plain JSON: it goes to another host. */
export type Json = unknown;

/** A run that is to be shared. */
export interface WorkPlan {
  runId: string;
  job: string;
  /** What every unit's worker is told. */
  options: Json;
  /** For the whole run: its workers share it. */
  bytesPerSecond?: number | undefined;
  /** How long a run waits where only workers are that do not take its units. Default: 5 minutes. */
  patienceMs?: number;
}

/** A part of the work. */
export interface UnitDraft {
  /** What a worker must have to take it. */
  needs: Json;
  /** What it is about, in a few words for a person. */
  about: string;
  payload: Json;
}

/** How a unit ended: done, given up after its last attempt, or taken back before it was done. */
export interface EndedUnit {
  /** From 0, in the order of the drafts. */
  unit: number;
  about: string;
  state: 'done' | 'dead' | 'recalled';
  /** Who had it last. */
  worker: string | null;
  host: string | null;
  attempts: number;
  /** Everything that was reported, in order, also by attempts that did not end well. */
  reports: Json[];
  /** What the worker said at the end of a unit that is done. */
  result: Json;
  error: { code: string; message: string } | null;
}

export interface WorkState {
  queued: number;
  active: number;
  /** How many workers have a unit at the moment. */
  workers: number;
}

export interface DistributorEvents {
  /** Once for each unit that was drafted, in the order in which they end. The next is told when it comes back. */
  ended(unit: EndedUnit): void | Promise<void>;
  waiting(state: WorkState): void;
}

/** The side of the run: hands out units and gathers what became of them. */
export interface Distributor {
  /**
   * Hands out units as they are drafted, so that neither memory nor tables hold many. A draft that is undefined says
   * that there is none at the moment: what comes next hangs on units that are under way, or was not asked for yet.
   * Comes back when the drafts are at their end and every unit has ended. When `signal` is aborted, what nobody has begun is taken back, whoever is at work is asked to stop, and what
   * was reported until then is told all the same; nothing can be reported afterwards.
   * @throws Failure `registry.*`, and whatever the drafts throw
   */
  run(
    drafts: AsyncIterable<UnitDraft | undefined>,
    events: DistributorEvents,
    signal: AbortSignal,
  ): Promise<void>;
  /** Takes the queues away. */
  close(): Promise<void>;
}

/** What a unit belongs to, before it is taken. */
export interface OpenWork {
  queue: string;
  runId: string;
  job: string;
  options: Json;
  needs: Json;
}

/** A unit in a worker's hands. One of the last four calls ends it. */
export interface Claim extends OpenWork {
  readonly unit: number;
  readonly attempt: number;
  readonly about: string;
  readonly payload: Json;
  /** What earlier attempts have reported: it need not be done again. */
  readonly reports: readonly Json[];
  /** Aborted when the unit was taken back or given to another worker: stop, and end it by `release`. */
  readonly over: AbortSignal;
  /** What this worker may read per second, each time that changes; undefined for no limit. */
  onRate(changed: (bytesPerSecond: number | undefined) => void): void;
  /**
   * The unit is kept only while something moves: reports, or this number. Where neither does for `silenceMs`, a read
   * hangs, and the unit is given up as failed: others take it.
   */
  keptWhile(progress: () => number, silenceMs: number): void;
  /**
   * Writes a report in the transaction of what it tells. `items` and `bytes` are for whoever asks which worker did what.
   * @throws Failure `work.lost` when the unit is no longer this worker's; the transaction must not be committed then
   */
  report(tx: Queries, report: Json, amount: { items: number; bytes: number }): Promise<void>;
  /** The same, in a transaction of its own. */
  reportNow(report: Json, amount: { items: number; bytes: number }): Promise<void>;
  /** @throws Failure `work.lost` */
  done(result: Json): Promise<void>;
  /** Another attempt is made after a while, by whoever takes it, until there were too many. */
  failed(error: { code: string; message: string }): Promise<void>;
  /** Back to the queue, or to the run that took it back; no attempt is counted. */
  release(): Promise<void>;
}

/** The side of the workers. */
export interface WorkerClient {
  /** Runs that are under way and have units that may be taken, the oldest first. */
  open(): Promise<OpenWork[]>;
  /** A unit of it and a share of the run's rate, or undefined when there is none at the moment, or it is to stop. */
  take(work: OpenWork, stop?: AbortSignal): Promise<Claim | undefined>;
  /** Tells the run that this worker does not take its units, and why; told again while that is so. */
  refuse(work: OpenWork, reason: string): Promise<void>;
  close(): Promise<void>;
}

/** Who did how much of a run. */
export interface WorkerShare {
  worker: string;
  host: string;
  /** Units that it ended. */
  units: number;
  items: number;
  bytes: number;
  firstAt: Date;
  lastAt: Date;
}
