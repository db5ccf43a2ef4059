import type { Clock } from '../../core/clock.js';
import type { Failure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import type { JobOutcome } from '../../core/outcome.js';
import type { Emit } from '../../events/event.js';
import type { ActiveRun } from '../../registry/port.js';
import type { Registry } from '../../registry/registry.js';
import type { Style } from '../terminal/style.js';

/** The identity of a run, as it is reported everywhere. */
export interface RunIdentity {
  runId: string;
  host: string;
  startedAt: Date;
}

/** The context in which a job runs. */
export interface JobContext extends RunIdentity {
  emit: Emit;
  /** Aborted with a `StopRequest` by a signal, or with a `Failure` if the job must stop because it lost its registry. */
  signal: AbortSignal;
  clock: Clock;
  /** Undefined with `--no-registry`, and if an optional registry could not be reached. */
  registry: Registry | undefined;
  run: ActiveRun | undefined;
  /** Subjects with open findings that this run has not examined so far. */
  unexamined(): string[];
}

/** The scope under which a job's findings are recorded, and what a finished run has covered. */
export interface LedgerTerms {
  /** Runs on part of a scope share the findings of the whole scope. */
  scope: string;
  /**
   * `whole`: the complete scope. `examined`: only the subjects that the job reports as examined, for a run on part of the
   * scope or one that skips finished work. `listed`: the job reports the listed prefixes. `nothing`: a dry run.
   */
  covers: 'whole' | 'examined' | 'listed' | 'nothing';
}

export interface Executed<Summary> extends JobOutcome<Summary> {
  /** The prefixes that were listed completely; findings on subjects below them can be closed. */
  completePrefixes?: readonly string[];
  /** Failures of the job that are already among its findings; the first one goes into the `--json` document. */
  failures?: readonly { code: string; message: string; hint?: string }[];
  /** The failure that stopped the job after part of its work; the summary covers the finished part. */
  failure?: Failure;
}

export interface ReportInput<Summary> {
  runId: string;
  scope: string;
  outcome: JobOutcome<Summary>;
  findings: readonly Finding[];
  findingsTotal: number;
  elapsedMs: number;
}

/** A job as the command line runs it. */
export interface JobSpec<Summary extends object> {
  command: string;
  /** The name in `salvor.runs`, in health events and in `watchdog.expect`. */
  job: string;
  scope: string;
  /** Called once before the run starts: the names of both scopes in this registry. Undefined: use them unchanged. */
  scopeIn?(registry: Registry): Promise<{ scope: string; ledgerScope: string }>;
  /** As recorded in the run; never holds a secret. */
  options: Record<string, unknown>;
  /** Whether a successful run counts for the watchdog. */
  qualifying: boolean;
  ledger: LedgerTerms;
  /**
   * `required`: the job does not run without it. `optional`: the job runs without it and prints its result, but the exit
   * code is 3. `none`: `--no-registry` was given.
   */
  registry: 'required' | 'optional' | 'none';
  execute(context: JobContext): Promise<Executed<Summary>>;
  /** The result as text, ending in a newline. */
  report(input: ReportInput<Summary>, style: Style): string;
}
