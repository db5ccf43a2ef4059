import type { DecodeFrames } from '../../archive/ranged.js';
import type { Clock } from '../../core/clock.js';
import type { Glob } from '../../core/glob.js';
import type { Emit } from '../../events/event.js';
import type { StoreReader } from '../../objectstore/port.js';
import type { ProofLedger } from '../../registry/recovery/proofs-port.js';

export interface DrillOptions {
  runId: string;
  /** As much as may be restored. */
  maxBytes: number;
  /** No artifact is begun, and none carried on with, after this. */
  maxDurationMs: number;
}

/** A store with backups, and which series of them count. */
export interface BackupStore {
  store: StoreReader;
  series?: Glob;
}

/** Nothing here can write to a store, or change an artifact. */
export interface DrillPorts {
  ledger: ProofLedger;
  backups: readonly BackupStore[];
  /** Under which the scratch folder is made. */
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
  /** Artifacts of which no copy was what is on record. */
  failed: number;
  /** Copies that were not, also where another one was. */
  copies_failed: number;
  no_copy: number;
  /** Artifacts whose copies are all in a storage class that has to be restored before it can be read. */
  cold: number;
  too_large: number;
  archives_indexed: number;
  /** Archives without an index, with one that is of no use, or that can't be read by range. */
  archives_left_out: number;
  bytes_fetched: number;
  bytes_restored: number;
  oldest_proof_at: string | null;
  never_proven: number;
  /** Null when every artifact was tried. */
  stopped_by: 'bytes' | 'duration' | 'signal' | null;
}
