// Run summaries as the jobs write them. test/dashboard/seed-shapes.test.ts compares these, and those of the dashboard's
// tests, with the summaries of real runs.

const COUNTS = {
  archives_total: 300,
  present: 300,
  missing: 0,
  too_small: 0,
  pending: 0,
  exempt: 0,
  exempt_by_cutoff: 0,
  exempt_by_allowlist: 0,
  stale: 0,
  orphan_listings: 0,
  orphan_indexes: 0,
  index_missing: 0,
  archives_future: 0,
  archives_empty: 0,
  archives_cold: 0,
  unrecognised: 0,
  violations: 0,
  new: 0,
  still: 0,
  resolved: 0,
  keys_scanned: 600,
  listings: 300,
  indexes: 0,
  other: 0,
  canaries: 0,
  bytes_archived: 9_000_000_000,
  newest_archive_at: '2026-11-20T02:00:00.000Z',
  dated_by_key: 0,
  dated_by_last_modified: 300,
};

/** One partition of a `listings verify`. */
export const PARTITION = {
  name: 'host-1',
  url: 's3://bench/backups/',
  prefix: 's3://bench/backups/host-1/',
  state: 'complete',
  ...COUNTS,
  series: [{ name: 'artifacts-#.tar.gz', archives: 300, newest_archive_at: '2026-11-20T02:00:00.000Z' }],
};

/** `listings verify`, without its partitions. */
export const VERIFY = {
  ...COUNTS,
  threshold: 0,
  list_requests: 12,
  targets: [
    {
      url: 's3://bench/backups/',
      complete: true,
      partition_depth: 1,
      archives_total: 12_000,
      violations: 0,
      counted: 0,
      fail_on: 'all',
      threshold: 0,
      exceeded: false,
      errors: 0,
      archive_errors: 0,
    },
  ],
  partitions: [],
  failures: [],
};

const ROWS = {
  rows_scanned: 1000,
  rows_updated: 1000,
  rows_unchanged: 0,
  drift_events: 0,
  rows_no_file: 0,
  rows_lost: 0,
  rows_outside_root: 0,
  rows_not_regular: 0,
  rows_elsewhere: 0,
  rows_pointer: 0,
  rows_unreadable: 0,
  rows_unstable: 0,
  rows_conflict: 0,
  rows_bad_metadata: 0,
  rows_id_not_unique: 0,
  rows_already_done: 0,
  rows_partial: 0,
  rows_remaining: 0,
};

/** `checksums backfill`. */
export const BACKFILL = {
  ...ROWS,
  drift_open: 0,
  bytes_hashed: 81_000_000_000,
  elapsed_ms: 5_400_000,
  stopped_by: null,
  by_type: { dataset: ROWS, figure: ROWS, model: ROWS, tabular_dataset: ROWS },
};

/** `checksums verify`. */
export const SCRUB = {
  ...BACKFILL,
  oldest_unverified_at: '2026-11-10T03:00:00.000Z',
  rows_never_verified: 0,
  period_met: true,
};

const STATUSES = {
  to_bind: 5,
  bound: 0,
  refused: 0,
  needs_review: 3,
  rejected: 0,
  external_reference: 0,
  residual: 2,
  undecided: 0,
  unrecoverable: 0,
};

/** `recovery plan`. */
export const PLAN = {
  rows_considered: 10,
  ...STATUSES,
  candidates: 20,
  archives_searched: 30,
  archives_streamed: 0,
  bytes_fetched: 1000,
  bytes_recovered: 0,
  by_type: { dataset: { rows: 100, on_disk_before: 90, on_disk_after: 90, ...STATUSES } },
  sources: [
    {
      source: 'directory /data',
      kind: 'directory',
      state: 'complete',
      scope: 'all files below it',
      files: 90,
      errors: [],
    },
  ],
  plan_file: '/var/lib/salvor/plan.json',
};
