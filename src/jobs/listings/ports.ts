import type { Clock } from '../../core/clock.js';
import type { JobOutcome } from '../../core/outcome.js';
import type { Emit } from '../../events/event.js';
import type { StoreLister } from '../../objectstore/port.js';
import type { Distributor } from '../../queue/port.js';
import type { FindingsLedger } from '../../registry/port.js';
import type { UnitSizes } from './distributed/split-rest.js';
import type { VerifyTarget } from './options.js';
import type { VerifySummary } from './report/summary.js';

/** Everything that the verifier can access. Nothing here can write to a store. */
export interface VerifyPorts {
  /** Opens a target's store. A `Failure` affects only that target, unless it is a usage failure. */
  lister(url: string, partOf?: string): StoreLister | Promise<StoreLister>;
  /** Absent without a registry: then earlier runs are not known. */
  readonly findings?: FindingsLedger;
  /** If present, workers on any hosts list the targets, and `lister` is used for names only. */
  readonly sharing?: Sharing;
  /** The last complete qualifying run on this scope, to compare with. */
  readonly lastComplete?: {
    readonly finishedAt: Date | null;
    readonly summary: Record<string, unknown> | null;
  };
  readonly clock: Clock;
  readonly emit: Emit;
  /** Aborted with a `StopRequest`, or with a `Failure` if the run cannot continue. */
  readonly signal: AbortSignal;
}

/** How a run is distributed to workers. */
export interface Sharing {
  readonly distributor: Distributor;
  /** The command that retries abandoned units. */
  readonly retryCommand: string;
  /** What a worker needs to list a target's ranges. A `Failure` affects only that target. */
  needsOf(target: VerifyTarget): Promise<unknown>;
  /** How much one unit contains, if not the default. */
  readonly sizes?: UnitSizes;
}

/** Why a target, or the whole run, could not be completed; also emitted as a finding. */
export interface VerifyFailure {
  readonly code: string;
  readonly subject: string;
  readonly message: string;
  readonly hint?: string;
}

export interface VerifyOutcome extends JobOutcome<VerifySummary> {
  /** The prefixes of subjects whose findings may be settled because they were listed completely. */
  readonly completePrefixes: readonly string[];
  readonly failures: readonly VerifyFailure[];
}
