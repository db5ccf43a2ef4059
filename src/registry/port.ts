import type { Severity } from '../core/finding.js';
import type { RunStatus } from '../core/outcome.js';

/**
 * The registry's ports, as the jobs and the command line see them. Each promises: what it says is durable when it
 * resolves; transient faults (serialization, deadlock) were retried; a registry that is gone throws a
 * `Failure` with code `registry.unavailable`.
 */

export interface RunRecord {
  id: string;
  job: string;
  scope: string;
  host: string;
  options: Record<string, unknown>;
  /** `running` until it ends. */
  status: RunStatus | 'running';
  exitCode: number | null;
  qualifying: boolean;
  version: string;
  startedAt: Date;
  heartbeatAt: Date;
  finishedAt: Date | null;
  summary: Record<string, unknown> | null;
}

export interface RunStart {
  id: string;
  job: string;
  scope: string;
  host: string;
  options: Record<string, unknown>;
  qualifying: boolean;
  version: string;
  startedAt: Date;
}

export interface RunFinish {
  status: RunStatus;
  exitCode: number;
  qualifying: boolean;
  summary: Record<string, unknown>;
  finishedAt: Date;
  /** The prefixes of subjects whose listing was complete: only their findings are settled. Absent: none are. */
  settle?: { completePrefixes: readonly string[] };
}

/** A run that holds the lock of its job and scope, and has a row in `salvor.runs`. */
export interface ActiveRun {
  readonly id: string;
  /** Dead runs of the same job and scope that were closed as `incomplete` when this one began. */
  readonly closedDead: readonly RunRecord[];
  /** Aborted with a `Failure` when the heartbeat finds that the registry, or the lock with it, is gone. */
  readonly lost: AbortSignal;
  readonly findings: FindingsLedger;
  /** Settles the findings and closes the row in one transaction, then lets the lock go. */
  finish(end: RunFinish): Promise<void>;
  /** Lets the lock go without closing the row; for tests of dead runs and for when the registry is lost. */
  abandon(): Promise<void>;
}

export interface RunFilter {
  job?: string;
  scope?: string;
  host?: string;
  status?: RunStatus | 'running';
  limit?: number;
}

export interface Runs {
  /**
   * Writes the row and takes the lock.
   * @throws Failure `run.locked` (exit 4) that names the host and the start of the run that holds it.
   */
  begin(start: RunStart): Promise<ActiveRun>;
  /** The newest first. */
  list(filter: RunFilter): Promise<RunRecord[]>;
  get(id: string): Promise<RunRecord | undefined>;
  /**
   * What the next run on this scope is compared with: the newest qualifying run that checked all that it was asked
   * (status `ok` or `findings`). Only where none ever qualified, the newest that did not.
   */
  lastComplete(job: string, scope: string): Promise<RunRecord | undefined>;
  /** Closes every run whose heartbeat is older than 5 minutes as `incomplete`, and returns them. */
  closeDead(): Promise<RunRecord[]>;
}

export interface OpenFinding {
  code: string;
  subject: string;
  firstSeenAt: Date;
  baseline: boolean;
}

export interface StagedFinding {
  code: string;
  subject: string;
  severity: Severity;
  /** Counts against the threshold, and so in `new`, `still`, `resolved` and the baseline. */
  violation: boolean;
}

/** How an open finding ended. */
export type Resolution = 'listing_written' | 'archive_gone' | 'exempted' | 'superseded';

export interface FindingsComparison {
  /** Violations that were not open before, that were, and those open before that are no more. */
  new: number;
  still: number;
  resolved: number;
  /** Violations of this run that no baseline covers. */
  beyondBaseline: number;
}

/**
 * `salvor.findings` for one scope during one run. What is staged is kept apart and changes nothing until the run's
 * `finish`, so a run that dies half-way leaves no half-truth. Any number of findings in constant memory.
 */
export interface FindingsLedger {
  /** How many findings are open on this scope; 0 spares the look-ups. */
  openCount(): Promise<number>;
  /** The open findings of these subjects. */
  open(subjects: readonly string[]): Promise<OpenFinding[]>;
  stage(findings: readonly StagedFinding[]): Promise<void>;
  /** Says how findings of these subjects ended; those open and neither staged nor named here end as `archive_gone`. */
  stageResolution(subjects: readonly string[], resolution: Resolution): Promise<void>;
  /** What settling with these prefixes would say; writes nothing. */
  compare(completePrefixes: readonly string[]): Promise<FindingsComparison>;
}

/** The baseline of a scope: the violations that were there when a person accepted them. */
export interface Baselines {
  /** Marks every open violation that the run saw. @throws Failure `run.unknown`, `baseline.not_complete` */
  accept(runId: string): Promise<{ scope: string; accepted: number; dropped: number }>;
  show(scope?: string): Promise<{ scope: string; open: number; baseline: number; runId: string | null }[]>;
}
