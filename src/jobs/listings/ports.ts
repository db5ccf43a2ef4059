import type { Clock } from '../../core/clock.js';
import type { JobOutcome } from '../../core/outcome.js';
import type { Emit } from '../../events/event.js';
import type { StoreLister } from '../../objectstore/port.js';
import type { Distributor } from '../../queue/port.js';
import type { FindingsLedger } from '../../registry/port.js';
import type { UnitSizes } from './distributed/split-rest.js';
import type { VerifyTarget } from './options.js';
import type { VerifySummary } from './report/summary.js';

/** All that the verifier holds of the world. Nothing here can write to a store. */
export interface VerifyPorts {
  /** Opens a target's store. A `Failure` here is that target's alone, unless it is a usage failure. */
  lister(url: string, partOf?: string): StoreLister | Promise<StoreLister>;
  /** Absent without a registry: nothing is known of earlier runs then. */
  readonly findings?: FindingsLedger;
  /** With it workers list the targets, on any hosts, and `lister` is asked for names only. */
  readonly sharing?: Sharing;
  /** The last complete run that qualifies on this scope, for what has vanished since. */
  readonly lastComplete?: {
    readonly finishedAt: Date | null;
    readonly summary: Record<string, unknown> | null;
  };
  readonly clock: Clock;
  readonly emit: Emit;
  /** Aborted with a `StopRequest`, or with a `Failure` when the run may not go on. */
  readonly signal: AbortSignal;
}

/** Over what a run is shared between workers. */
export interface Sharing {
  readonly distributor: Distributor;
  /** What a person runs to have another try at what was given up. */
  readonly retryCommand: string;
  /** What a worker must have for a target's ranges. A `Failure` here is that target's alone. */
  needsOf(target: VerifyTarget): Promise<unknown>;
  /** How much a worker gets at once, if not as usual. */
  readonly sizes?: UnitSizes;
}

/** Why a target, or the whole run, could not be finished; emitted as a finding too. */
export interface VerifyFailure {
  readonly code: string;
  readonly subject: string;
  readonly message: string;
  readonly hint?: string;
}

export interface VerifyOutcome extends JobOutcome<VerifySummary> {
  /** The prefixes that were listed completely; findings on subjects below them can be closed. */
  readonly completePrefixes: readonly string[];
  readonly failures: readonly VerifyFailure[];
}
