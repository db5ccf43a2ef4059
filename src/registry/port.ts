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
  /** Why it could not run, or not finish; empty for a run that did its work. */
  failures: RunFailure[];
  /** Under which its findings are kept. */
  ledgerScope: string;
}

/** What kept a run from running or from finishing. */
export interface RunFailure {
  code: string;
  message: string;
  hint: string | null;
}

export interface RunStart {
  id: string;
  job: string;
  scope: string;
  /** Under which its findings are kept, where a run on a part has the ledger of the whole. Default: `scope`. */
  ledgerScope?: string;
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
  failures?: readonly RunFailure[];
  /** Absent: what was staged is dropped, and nothing changes. */
  settle?: Settlement;
}

/** What part of its ledger a run covered completely: there, and only there, what was not seen again has ended. */
export interface Settlement {
  /** Starts of subjects; `['']` is all of the scope. */
  completePrefixes: readonly string[];
  /**
   * How much of its work the run could do. After `part` or `whole`, failures that stopped earlier runs entirely have
   * ended. After `whole`, failures that stopped only part of a run have ended too.
   */
  ran?: 'whole' | 'part' | 'not';
  /** How an open finding ended that is covered and was neither staged nor named. Default `archive_gone`. */
  otherwise?: Resolution;
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
  /** The id of the last run of the page before. */
  after?: string;
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
  /** Whether the run goes on: it has not ended, and gave a sign of life within the last 5 minutes. */
  isRunning(id: string): Promise<boolean>;
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
  /** When the last run that covered it completely ended. */
  lastSeenAt: Date;
  baseline: boolean;
}

export interface StagedFinding {
  code: string;
  subject: string;
  severity: Severity;
  /** Counts against the threshold, and so in `new`, `still`, `resolved` and the baseline. */
  violation: boolean;
  message?: string;
  /** It kept a run from its work: the next run that can do its work ends it, whatever that run covers. */
  failure?: boolean;
}

/**
 * How an open finding ended. `checked`: looked at again and in order; `gone`: its subject is no longer there to be
 * looked at; `ran`: a later run could do its work; `decided`: a person decided; the others are of listings.
 */
export type Resolution =
  | 'listing_written'
  | 'archive_gone'
  | 'exempted'
  | 'superseded'
  | 'checked'
  | 'gone'
  | 'ran'
  | 'decided';

/**
 * `salvor.findings` for one scope during one run. What is staged is kept apart and changes nothing until the run's
 * `finish`, so a run that dies half-way leaves no half-truth. Any number of findings in constant memory.
 */
export interface FindingsLedger {
  /** How many findings are open on this scope; 0 spares the look-ups. */
  openCount(): Promise<number>;
  /** The open findings of these subjects. */
  open(subjects: readonly string[]): Promise<OpenFinding[]>;
  /** The subjects of all open findings but failures, in pages; one with several findings may come more than once. */
  openSubjects(): AsyncIterable<readonly string[]>;
  stage(findings: readonly StagedFinding[]): Promise<void>;
  /** Says how findings of these subjects ended; those open and neither staged nor named here end as `archive_gone`. */
  stageResolution(subjects: readonly string[], resolution: Resolution): Promise<void>;
  /** Says that these subjects were looked at completely, whatever prefixes the run covers. */
  stageCovered(subjects: readonly string[]): Promise<void>;
  /**
   * The subjects of open findings with these codes under the prefixes that the run has neither staged nor resolved: at
   * most `limit`, evenly spread over all of them.
   */
  unseen(completePrefixes: readonly string[], codes: readonly string[], limit: number): Promise<string[]>;
  /** How many violations settling would resolve: in all, and of each part (the innermost that a subject starts with). */
  resolved(completePrefixes: readonly string[], parts: readonly string[]): Promise<ResolvedFindings>;
}

export interface ResolvedFindings {
  total: number;
  byPart: ReadonlyMap<string, number>;
}

/** The baseline of a scope: the violations that were there when a person accepted them. */
export interface Baselines {
  /** Marks every open violation that the run saw. @throws Failure `run.unknown`, `baseline.not_complete` */
  accept(runId: string): Promise<{ scope: string; accepted: number; dropped: number }>;
  show(scope?: string): Promise<{ scope: string; open: number; baseline: number; runId: string | null }[]>;
}

/** What is open, of one code in one job's ledger. */
export interface OpenGroup {
  job: string;
  scope: string;
  code: string;
  severity: Severity;
  /** Open, and not accepted by a baseline. */
  count: number;
  /** Open, and accepted by a baseline. */
  baseline: number;
  /** Of those that count; of those in the baseline where no other is open. */
  oldestAt: Date;
  /** The one that has been open for the longest. */
  sample: { subject: string; message: string; runId: string };
}
