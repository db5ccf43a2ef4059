import type { Clock } from '../../core/clock.js';
import type { Emit } from '../../events/event.js';
import type { Files } from '../../files/port.js';
import type {
  ArtifactReader,
  ArtifactWriter,
  Queries,
  VerifiedRun,
} from '../../registry/artifacts/artifacts-port.js';
import type { DriftLedger } from '../../registry/drift/drift-port.js';
import type { PartialReads } from '../../registry/partial-reads-port.js';
import type { Window } from './pipeline/window.js';
import type { RowReport } from './report/results.js';

/** Options of both checksum jobs. */
export interface ChecksumOptions {
  runId: string;
  /** The name that the journal records. */
  actor: string;
  types?: readonly string[] | undefined;
  /** Rows per commit, unless `commitEveryMs` passes first. */
  batchRows: number;
  commitEveryMs: number;
  maxDrift: number;
  maxErrors: number;
  /** The time of day in which the job may read. */
  window?: Window | undefined;
  /** Outside the window, wait for it to open instead of failing. */
  wait: boolean;
  /** The limit on bytes read per second, over all threads. */
  bytesPerSecond?: number | undefined;
}

export interface BackfillOptions extends ChecksumOptions {
  onDrift: 'record' | 'hold';
  /** Process at most this many rows. */
  limit?: number | undefined;
  /** Hash rows again if their digest is older than this. */
  recheckOlderThanMs?: number | undefined;
  /** For rows already hashed, check that the file exists and its size matches. */
  stat: boolean;
}

export interface ScrubOptions extends ChecksumOptions {
  maxDurationMs?: number | undefined;
  maxBytes?: number | undefined;
  /** The period within which every file should be read again. */
  periodMs: number;
  /** When the last scrub of this scope started. From it follows how much one run per interval achieves. */
  previousStartedAt?: Date | undefined;
}

/** A row whose file is missing, as written to the residual file. */
export interface ResidualRow {
  id: string;
  artifact_type: string | null;
  file_path: string;
  reason: string;
}

export interface ChecksumPorts {
  artifacts: ArtifactReader;
  /** In a dry run it writes nothing; with a read-only registry it writes SQL to a file. */
  writer: ArtifactWriter;
  /** Whether rows passed to the writer end up in the registry. */
  writes: boolean;
  drift: DriftLedger;
  /** The run's single journal entry for files that were unchanged; absent in a dry run. */
  noteVerified(run: VerifiedRun): Promise<void>;
  files: Files;
  /** Stores the progress of files that take more than one run. Without it every file is read in one go. */
  parts?: PartialReads | undefined;
  clock: Clock;
  emit: Emit;
  /** Aborted with a `StopRequest` to stop at a safe point, or with a `Failure` if the run cannot continue. */
  signal: AbortSignal;
  residual?: ((row: ResidualRow) => void) | undefined;
  /**
   * Records row results in the transaction that writes the rows, so that a distributed run counts each exactly once.
   */
  record?: ((tx: Queries, rows: readonly RowReport[]) => Promise<void>) | undefined;
}
