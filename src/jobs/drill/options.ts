import type { DecodeFrames } from '../../archive/ranged.js';
import type { Clock } from '../../core/clock.js';
import type { Glob } from '../../core/glob.js';
import type { Emit } from '../../events/event.js';
import type { StoreReader } from '../../objectstore/port.js';
import type { ArchiveParts } from '../../registry/archive-parts-port.js';
import type { ProofLedger } from '../../registry/recovery/proofs-port.js';

export interface DrillOptions {
  runId: string;
  /** Maximum number of bytes to restore. */
  maxBytes: number;
  /** No artifact is started or continued after this time. */
  maxDurationMs: number;
}

/** A store with backups, and which series to use. */
export interface BackupStore {
  store: StoreReader;
  series?: Glob;
}

/** None of these can write to a store or change an artifact. */
export interface DrillPorts {
  ledger: ProofLedger;
  /** The progress of contents that take more than one drill, stored with the proofs. */
  parts: ArchiveParts;
  backups: readonly BackupStore[];
  /** The parent of the scratch folder. */
  temporary: string;
  decodeFrames: DecodeFrames;
  clock: Clock;
  emit: Emit;
  signal: AbortSignal;
}

export interface DrillSummary {
  /** Artifacts with a recorded digest. */
  artifacts_total: number;
  sampled: number;
  proven: number;
  /** Artifacts of which every tried copy differed from the recorded content. */
  failed: number;
  /** Copies that differed, even if another copy of the artifact matched. */
  copies_failed: number;
  no_copy: number;
  /** Artifacts whose copies are all in a storage class that must be restored before reading. */
  cold: number;
  /** Artifacts that exceed the bytes or the time of one drill and cannot be restored in parts. */
  too_large: number;
  /** Artifacts of which this drill restored a part; later drills finish them. */
  in_parts: number;
  archives_indexed: number;
  /** Archives without a usable index, or that cannot be read by range. */
  archives_left_out: number;
  bytes_fetched: number;
  bytes_restored: number;
  oldest_proof_at: string | null;
  never_proven: number;
  /** Null if every artifact was tried. */
  stopped_by: 'bytes' | 'duration' | 'signal' | null;
}
