import type { CensusState, OpenCause } from './overview.js';
import type { RunInfo } from './runs.js';

/** The Checksums page. */

export interface ChecksumRun {
  run: RunInfo;
  /** The numeric fields of the run's summary. */
  counts: Record<string, number>;
  by_type: Record<string, Record<string, number>>;
}

export interface ChecksumsView {
  census: CensusState;
  /** The last finished backfill and the last finished scrub. */
  backfill: ChecksumRun | null;
  scrub: ChecksumRun | null;
  open_drift: Record<string, number>;
  /** Open findings of the checksum jobs, by cause. */
  open: OpenCause[];
  /** Large files that are being read over several runs; null if there are none. */
  partial: PartialReads | null;
  /** Large archives, and contents of archives, that `listings check` and `recovery drill` read over several runs. */
  archive_parts: ArchivePart[];
}

export interface ArchivePart {
  job: string;
  /** What the job does with it: `checked`, `restored`. */
  verb: string;
  /** The URL of the archive, or the id of the artifact whose content it has. */
  subject: string;
  bytes_read: number;
  bytes_total: number;
  /** Bytes that the last run read. */
  bytes_last_run: number;
  started_at: string;
  updated_at: string;
}

export interface PartialReads {
  files: number;
  bytes_read: number;
  bytes_total: number;
  /** Runs needed to finish all of them at the pace of the newest run; null if that run read nothing. */
  runs_left: number | null;
  /** The 20 largest. */
  largest: PartialRead[];
}

export interface PartialRead {
  artifact_id: string;
  path: string;
  host: string;
  bytes_read: number;
  bytes_total: number;
  /** Bytes that the last run read. */
  bytes_last_run: number;
  started_at: string;
  updated_at: string;
}
