import type { Finding } from '../../../core/finding.js';
import type { JobOutcome } from '../../../core/outcome.js';

/** The counts of a partition, a target or a run. The field names are a contract. */
export interface Counts {
  /** Equals present + missing + too_small + pending + exempt. */
  archives_total: number;
  present: number;
  missing: number;
  too_small: number;
  pending: number;
  exempt: number;
  exempt_by_cutoff: number;
  exempt_by_allowlist: number;
  stale: number;
  orphan_listings: number;
  orphan_indexes: number;
  index_missing: number;
  /** Archives that are empty or dated in the future by the store's clock: neither counts as the newest. */
  archives_future: number;
  archives_empty: number;
  /** Archives in a storage class that needs a restore request before they can be read. */
  archives_cold: number;
  unrecognised: number;
  /** Findings that count against the threshold. */
  violations: number;
  /** Violations compared with the last complete run; null without a registry. */
  new: number | null;
  still: number | null;
  resolved: number | null;
  /** Equals archives_total + listings + indexes + unrecognised + other + canaries. */
  keys_scanned: number;
  listings: number;
  indexes: number;
  other: number;
  /** The canary, and its listing or index. */
  canaries: number;
  bytes_archived: number;
  newest_archive_at: string | null;
  dated_by_key: number;
  dated_by_last_modified: number;
}

export interface SeriesSummary {
  name: string;
  archives: number;
  /** Null if no archive of the series counts as the newest. */
  newest_archive_at: string | null;
  /** The storage class of the newest archive, if it is a cold one. */
  newest_cold_class?: string;
}

export interface PartitionSummary extends Counts {
  /** The path segments below the url, without a final slash; `.` for archives outside every partition. */
  name: string;
  /** The target's url. */
  url: string;
  /** The partition's url, with which the urls of its archives start. */
  prefix: string;
  /**
   * `vanished`: an earlier complete run saw archives here, and they are not retired. `part`: only a part was listed.
   */
  state: 'complete' | 'incomplete' | 'vanished' | 'part';
  series: SeriesSummary[];
}

export interface TargetSummary {
  url: string;
  /** The url of the configured backup that this target is a part of; partitions are named relative to it. */
  part_of?: string;
  complete: boolean;
  partition_depth: number;
  archives_total: number;
  violations: number;
  /** The violations that count: all, or those outside the baseline. */
  counted: number;
  fail_on: 'all' | 'new';
  threshold: number;
  exceeded: boolean;
  /**
   * Errors that no threshold excuses: overdue backups, vanished partitions, archives that are empty or dated in the
   * future.
   */
  errors: number;
  /** The errors about archives: empty, or dated in the future. */
  archive_errors: number;
}

/** Why a target, or the whole run, could not be completed. */
interface FailureSummary {
  code: string;
  subject: string;
  message: string;
  hint: string | null;
}

export interface VerifySummary extends Counts {
  /** The sum of the targets' thresholds. */
  threshold: number;
  list_requests: number;
  targets: TargetSummary[];
  partitions: PartitionSummary[];
  failures: FailureSummary[];
}

export interface VerifyReport {
  readonly runId: string;
  readonly scope: string;
  readonly outcome: Pick<JobOutcome<VerifySummary>, 'status' | 'exitCode' | 'summary'>;
  /** The first findings; `findingsTotal` may be larger. */
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  readonly elapsedMs: number;
}
