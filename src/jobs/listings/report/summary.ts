import type { Finding } from '../../../core/finding.js';
import type { JobOutcome } from '../../../core/outcome.js';

/** What is counted for a partition, for a target and for the run alike. Field names are relied on by others. */
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
  /** Dated after the store's clock, and empty archives: neither is ever the newest. */
  archives_future: number;
  archives_empty: number;
  /** In a storage class that must be restored before it can be read. */
  archives_cold: number;
  unrecognised: number;
  /** Findings that count against the threshold. */
  violations: number;
  /** Violations against the last complete run; null without a registry. */
  new: number | null;
  still: number | null;
  resolved: number | null;
  /** Equals archives_total + listings + indexes + unrecognised + other + canaries. */
  keys_scanned: number;
  listings: number;
  indexes: number;
  other: number;
  /** The canary, and whatever stands beside it. */
  canaries: number;
  bytes_archived: number;
  newest_archive_at: string | null;
  dated_by_key: number;
  dated_by_last_modified: number;
}

export interface SeriesSummary {
  name: string;
  archives: number;
  /** Null where no archive of the series can be its newest. */
  newest_archive_at: string | null;
  /** The storage class of the newest, where that is cold. */
  newest_cold_class?: string;
}

export interface PartitionSummary extends Counts {
  /** The segments under the url, without a slash at the end; `.` for what is not in any partition. */
  name: string;
  /** The target's. */
  url: string;
  /** The partition's own: what its archives' urls start with. */
  prefix: string;
  /** `vanished`: a complete run knew archives here, and nobody retired them. `part`: only some of it was asked for. */
  state: 'complete' | 'incomplete' | 'vanished' | 'part';
  series: SeriesSummary[];
}

export interface TargetSummary {
  url: string;
  /** The url of the configured backup that it is a part of; partitions are named by that one. */
  part_of?: string;
  complete: boolean;
  partition_depth: number;
  archives_total: number;
  violations: number;
  /** The violations that count: all, or those that no baseline covers. */
  counted: number;
  fail_on: 'all' | 'new';
  threshold: number;
  exceeded: boolean;
  /** Backups overdue, partitions vanished, archives empty or dated in the future: errors that no threshold excuses. */
  errors: number;
  /** Those of them that are archives: empty, or dated in the future. */
  archive_errors: number;
}

/** Why a target, or the whole run, could not be finished. */
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
  /** The first findings; `findingsTotal` may be more. */
  readonly findings: readonly Finding[];
  readonly findingsTotal: number;
  readonly elapsedMs: number;
}
