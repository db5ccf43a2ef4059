import type { CensusState, OpenCause } from './overview.js';
import type { RunInfo } from './runs.js';

/** The page of the checksums. */

export interface ChecksumRun {
  run: RunInfo;
  /** The plain numbers of the run's summary. */
  counts: Record<string, number>;
  by_type: Record<string, Record<string, number>>;
}

export interface ChecksumsView {
  census: CensusState;
  /** The last run that ended, and the last scrub. */
  backfill: ChecksumRun | null;
  scrub: ChecksumRun | null;
  open_drift: Record<string, number>;
  /** What jobs on checksums found and is still open, by cause. */
  open: OpenCause[];
  /** Large files that are being read over several runs; null where there are none. */
  partial: PartialReads | null;
}

export interface PartialReads {
  files: number;
  bytes_read: number;
  bytes_total: number;
  /** Runs like the newest one until all of them are finished; null when it read nothing. */
  runs_left: number | null;
  /** The largest, up to 20. */
  largest: PartialRead[];
}

export interface PartialRead {
  artifact_id: string;
  path: string;
  host: string;
  bytes_read: number;
  bytes_total: number;
  /** How far the last run that read it came. */
  bytes_last_run: number;
  started_at: string;
  updated_at: string;
}
