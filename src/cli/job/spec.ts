import type { Clock } from '../../core/clock.js';
import type { Failure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import type { JobOutcome } from '../../core/outcome.js';
import type { Emit } from '../../events/event.js';
import type { ActiveRun } from '../../registry/port.js';
import type { Registry } from '../../registry/registry.js';
import type { Style } from '../terminal/style.js';

/** Which run this is, wherever it is told. */
export interface RunIdentity {
  runId: string;
  host: string;
  startedAt: Date;
}

/** What a job is given while it runs. */
export interface JobContext extends RunIdentity {
  emit: Emit;
  /** Aborted with a `StopRequest` by a signal, or with a `Failure` when the job may not go on without its registry. */
  signal: AbortSignal;
  clock: Clock;
  /** Absent with `--no-registry`, and where an optional registry could not be reached. */
  registry: Registry | undefined;
  run: ActiveRun | undefined;
  /** Subjects with something open that this run has not looked at so far. */
  unexamined(): string[];
}

/** Where a job's findings are kept, and what a run of it that comes to its end has looked at. */
export interface LedgerTerms {
  /** Runs on a part share the ledger of the whole. */
  scope: string;
  /**
   * `whole`: all of the scope. `examined`: only what the job says that it examined: a run on a part, or one that leaves
   * out what others have done. `listed`: the job says it itself, by prefixes. `nothing`: a run that only tries.
   */
  covers: 'whole' | 'examined' | 'listed' | 'nothing';
}

export interface Executed<Summary> extends JobOutcome<Summary> {
  /** The prefixes of subjects whose findings may be settled: what was listed to its end. */
  completePrefixes?: readonly string[];
  /** What the job itself could not do, already told among its findings; the first stands in the envelope. */
  failures?: readonly { code: string; message: string; hint?: string }[];
  /** What kept the job from its end after it had done a part, which the summary tells. */
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

/** One job as the command line runs it: what it is called, and the three things that only it knows. */
export interface JobSpec<Summary extends object> {
  command: string;
  /** The name in `salvor.runs`, in health events and in `watchdog.expect`. */
  job: string;
  scope: string;
  /** Asked once, before the run begins: both scopes under their names in this registry. Absent: as they are. */
  scopeIn?(registry: Registry): Promise<{ scope: string; ledgerScope: string }>;
  /** As recorded in the run; never holds a secret. */
  options: Record<string, unknown>;
  /** Whether a good end counts for the watchdog. */
  qualifying: boolean;
  ledger: LedgerTerms;
  /**
   * `required`: nothing happens without it. `optional`: the job's answer is worth having all the same; it is
   * printed, and the exit code is 3. `none`: asked for with --no-registry.
   */
  registry: 'required' | 'optional' | 'none';
  execute(context: JobContext): Promise<Executed<Summary>>;
  /** The result for a person; ends in a newline. */
  report(input: ReportInput<Summary>, style: Style): string;
}
