import type { Queries } from '../registry/artifacts/artifacts-port.js';

/**
 * The work of one run, cut into units that workers on any host process. A unit is delivered at least once, but its
 * results count exactly once: a report is written in the same transaction as the changes it describes, and only while
 * the unit belongs to its worker. All times are the database's, because the hosts' clocks may differ.
 */

/** Plain JSON, because it is sent to another host. */
export type Json = unknown;

/** A run to distribute. */
export interface WorkPlan {
  runId: string;
  job: string;
  /** The settings that the workers of all units get. */
  options: Json;
  /** The rate limit of the whole run, shared by its workers. */
  bytesPerSecond?: number | undefined;
  /** How long a run waits if all workers refuse its units. Default: 5 minutes. */
  patienceMs?: number;
}

/** One part of the work. */
export interface UnitDraft {
  /** What a worker needs to process the unit. */
  needs: Json;
  /** A short description for people. */
  about: string;
  payload: Json;
}

/** How a unit ended: done, abandoned after its last attempt, or revoked before it was done. */
export interface EndedUnit {
  /** The number of the unit, from 0, in the order of the drafts. */
  unit: number;
  about: string;
  state: 'done' | 'dead' | 'recalled';
  /** The last worker that had the unit. */
  worker: string | null;
  host: string | null;
  attempts: number;
  /** All reports in order, including those of failed attempts. */
  reports: Json[];
  /** The worker's final result of a unit that is done. */
  result: Json;
  error: { code: string; message: string } | null;
}

export interface WorkState {
  queued: number;
  active: number;
  /** How many workers currently have a unit. */
  workers: number;
}

export interface DistributorEvents {
  /** Called once per drafted unit, in the order in which units end. The next call waits until this one resolves. */
  ended(unit: EndedUnit): void | Promise<void>;
  waiting(state: WorkState): void;
}

/** The coordinator's side: hands out units and collects their results. */
export interface Distributor {
  /**
   * Hands out units as they are drafted, so that neither memory nor tables grow large. An undefined draft means that there
   * is none at the moment: the next one depends on units in progress or was not requested yet. Resolves when there are no
   * more drafts and every unit has ended. If `signal` is aborted, units that were not started are revoked, active workers
   * are asked to stop, and everything reported until then is still passed on; nothing can be reported afterwards.
   * @throws Failure `registry.*`, and whatever the drafts throw
   */
  run(
    drafts: AsyncIterable<UnitDraft | undefined>,
    events: DistributorEvents,
    signal: AbortSignal,
  ): Promise<void>;
  /** Deletes the queues. */
  close(): Promise<void>;
}

/** What is known about a run before one of its units is claimed. */
export interface OpenWork {
  queue: string;
  runId: string;
  job: string;
  options: Json;
  needs: Json;
}

/** A unit that a worker has claimed. One of the last four calls ends it. */
export interface Claim extends OpenWork {
  readonly unit: number;
  readonly attempt: number;
  readonly about: string;
  readonly payload: Json;
  /** The reports of earlier attempts, which need not be repeated. */
  readonly reports: readonly Json[];
  /** Aborted when the unit is revoked or given to another worker: stop, and end it with `release`. */
  readonly over: AbortSignal;
  /** Called whenever the bytes per second that this worker may read change; undefined for no limit. */
  onRate(changed: (bytesPerSecond: number | undefined) => void): void;
  /**
   * The unit is kept only while there is progress: new reports, or a change of this number. If there is none for
   * `silenceMs`, a read hangs; the unit fails and others take it.
   */
  keptWhile(progress: () => number, silenceMs: number): void;
  /**
   * Writes a report in the transaction of the changes that it describes. `items` and `bytes` are statistics per worker.
   * @throws Failure `work.lost` if the unit no longer belongs to this worker; then the transaction must not be committed
   */
  report(tx: Queries, report: Json, amount: { items: number; bytes: number }): Promise<void>;
  /** Writes a report in a transaction of its own. */
  reportNow(report: Json, amount: { items: number; bytes: number }): Promise<void>;
  /** @throws Failure `work.lost` */
  done(result: Json): Promise<void>;
  /** Ends this attempt. Another follows later, possibly by another worker, up to the maximum number of attempts. */
  failed(error: { code: string; message: string }): Promise<void>;
  /** Returns the unit to the queue, or to the run that revoked it. This does not count as an attempt. */
  release(): Promise<void>;
}

/** The workers' side. */
export interface WorkerClient {
  /** Active runs with units to claim, oldest first. */
  open(): Promise<OpenWork[]>;
  /** Claims a unit of the run and a share of its rate; undefined if there is none at the moment or on a stop. */
  take(work: OpenWork, stop?: AbortSignal): Promise<Claim | undefined>;
  /** Reports to the run that this worker refuses its units, and why. Repeat it while that is the case. */
  refuse(work: OpenWork, reason: string): Promise<void>;
  close(): Promise<void>;
}

/** How much of a run each worker did. */
export interface WorkerShare {
  worker: string;
  host: string;
  /** The number of units that the worker ended. */
  units: number;
  items: number;
  bytes: number;
  firstAt: Date;
  lastAt: Date;
}
