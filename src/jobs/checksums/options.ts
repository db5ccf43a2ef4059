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

/** What both jobs on checksums are told. */
export interface ChecksumOptions {
  runId: string;
  /** Who stands in the journal. */
  actor: string;
  types?: readonly string[] | undefined;
  /** Rows to a commit, unless `commitEveryMs` comes first. */
  batchRows: number;
  commitEveryMs: number;
  /** Nothing is written. */
  dryRun: boolean;
  maxDrift: number;
  maxErrors: number;
  /** Work happens only in it. */
  window?: Window | undefined;
  /** Outside the window: wait for it, where otherwise the run fails. */
  wait: boolean;
  /** What the reading is limited to, over all threads. */
  bytesPerSecond?: number | undefined;
}

export interface BackfillOptions extends ChecksumOptions {
  onDrift: 'record' | 'hold';
  /** At most so many rows. */
  limit?: number | undefined;
  /** Rows that were hashed longer ago are hashed again. */
  recheckOlderThanMs?: number | undefined;
  /** Look whether the file of a done row is there with its size. */
  stat: boolean;
}

export interface ScrubOptions extends ChecksumOptions {
  maxDurationMs?: number | undefined;
  maxBytes?: number | undefined;
  /** Every file should be read again within this. */
  periodMs: number;
  /** When the last scrub of this scope began, to tell how much one run per interval achieves. */
  previousStartedAt?: Date | undefined;
}

/** A row whose file is missing, for whoever looks for it. */
export interface ResidualRow {
  id: string;
  artifact_type: string | null;
  file_path: string;
  reason: string;
}

export interface ChecksumPorts {
  artifacts: ArtifactReader;
  /** In a dry run one that writes nothing; with a read-only registry one that writes SQL to a file. */
  writer: ArtifactWriter;
  /** Whether what the writer is given is in the registry afterwards. */
  writes: boolean;
  drift: DriftLedger;
  /** The run's one journal entry about files that it found unchanged; none in a dry run. */
  noteVerified(run: VerifiedRun): Promise<void>;
  files: Files;
  /** Where files that take more than one run have their progress kept; without it every file is read whole. */
  parts?: PartialReads | undefined;
  clock: Clock;
  emit: Emit;
  /** Aborted with a `StopRequest` to stop at a safe point, or with a `Failure` that makes going on impossible. */
  signal: AbortSignal;
  residual?: ((row: ResidualRow) => void) | undefined;
  /** Keeps what became of rows in the transaction that writes them: where a run is shared, each counts exactly once. */
  record?: ((tx: Queries, rows: readonly RowReport[]) => Promise<void>) | undefined;
}
