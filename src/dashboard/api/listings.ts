import type { RunInfo, RunStatus } from './runs.js';

/** Backups and their listings, by scope and partition. */

export interface ListingCounts {
  archives_total: number;
  present: number;
  missing: number;
  too_small: number;
  pending: number;
  exempt: number;
  stale: number;
  violations: number;
  bytes_archived: number;
  newest_archive_at: string | null;
}

export interface ListingScope extends ListingCounts {
  /** Open errors that are not in a baseline. */
  errors: number;
  scope: string;
  run: RunInfo;
  partitions: number;
  baseline: number;
}

export interface ListingPartition extends ListingCounts {
  /** Open errors about its archives that are not in a baseline, including overdue and vanished archives. */
  errors: number;
  scope: string;
  name: string;
  url: string;
  state: string;
}

/** One point of a chart: the counts of a scope or partition at the end of a run. */
export interface ListingPoint {
  run_id: string;
  at: string;
  status: RunStatus;
  archives_total: number;
  present: number;
  violations: number;
  exempt: number;
}

export interface FindingRow {
  id: string;
  code: string;
  severity: 'info' | 'warning' | 'error';
  subject: string;
  message: string;
  violation: boolean;
  baseline: boolean;
  first_seen_at: string;
  last_seen_at: string;
}
