import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { BackfillSummary, Counts as RowCounts } from '../../src/jobs/checksums/report/summary.js';
import type {
  Counts as ListingCounts,
  PartitionSummary,
  VerifySummary,
} from '../../src/jobs/listings/report/summary.js';
import type { RecoverySummary } from '../../src/jobs/recovery/report/summary.js';
import { scopeKey } from '../../src/registry/runs/scope-key.js';

const HOUR_MS = 3_600_000;
const NIGHTS = 30;
export const SCOPE = 's3://demo/backups/';
const REGISTRY_SCOPE = 'postgres://salvor@db:5432/registry artifacts';

interface RunRow {
  id?: string;
  job: string;
  scope: string;
  host?: string;
  status: string;
  exitCode: number | null;
  startedAt: number;
  tookMs?: number;
  summary?: unknown;
  heartbeatAt?: number;
}

/** A month of nightly runs: listings mostly present, a backfill, a scrub, and a running run. */
export async function seedRuns(client: pg.Client, hostile: readonly string[]): Promise<void> {
  const now = Date.now();
  for (let night = NIGHTS; night >= 1; night -= 1) {
    const missing = night % 11 === 0 ? 2 : night <= 2 ? 3 : 0;
    await insertRun(client, {
      job: 'listings verify',
      scope: SCOPE,
      status: missing > 0 ? 'findings' : 'ok',
      exitCode: missing > 0 ? 1 : 0,
      startedAt: now - night * 24 * HOUR_MS + 6 * HOUR_MS,
      tookMs: 41_000 + night * 100,
      summary: listingSummary(now, night, missing, hostile),
    });
  }
  await insertRun(client, {
    job: 'checksums backfill',
    scope: REGISTRY_SCOPE,
    status: 'findings',
    exitCode: 1,
    startedAt: now - 9 * HOUR_MS,
    tookMs: 5_400_000,
    summary: backfillSummary(),
  });
  await insertRun(client, {
    job: 'recovery plan',
    scope: REGISTRY_SCOPE,
    status: 'ok',
    exitCode: 0,
    startedAt: now - 30 * HOUR_MS,
    summary: planSummary(),
  });
  await insertRun(client, {
    job: 'checksums verify',
    scope: REGISTRY_SCOPE,
    host: 'borealis',
    status: 'running',
    exitCode: null,
    startedAt: now - 20 * 60_000,
    heartbeatAt: now,
  });
  for (const text of hostile) {
    await insertRun(client, {
      job: text,
      scope: text,
      host: text,
      status: 'incomplete',
      exitCode: 3,
      startedAt: now - HOUR_MS,
      summary: { [text]: text, error: { message: text } },
    });
  }
  await seedFindings(client, now, hostile);
}

export async function insertRun(client: pg.Client, run: RunRow): Promise<string> {
  const id = run.id ?? randomUUID();
  const finished = run.status === 'running' ? null : new Date(run.startedAt + (run.tookMs ?? 60_000));
  const stored = (text: string): string => text.replaceAll('\0', '');
  await client.query(
    `insert into salvor.runs (id, job, scope, host, pid, options, status, exit_code, qualifying, version, started_at,
       heartbeat_at, finished_at, summary, scope_key)
     values ($1, $2, $3, $4, 1, '{"grace": 3600000}', $5, $6, true, '0.1.0', $7, $8, $9, $10, $11)`,
    [
      id,
      stored(run.job),
      stored(run.scope),
      stored(run.host ?? 'atlas'),
      run.status,
      run.exitCode,
      new Date(run.startedAt),
      new Date(run.heartbeatAt ?? finished?.getTime() ?? run.startedAt),
      finished,
      run.summary === undefined ? null : JSON.stringify(run.summary),
      scopeKey(run.job, run.scope),
    ],
  );
  return id;
}

function listingSummary(
  now: number,
  night: number,
  missing: number,
  hostile: readonly string[],
): VerifySummary {
  const newest = new Date(now - night * 24 * HOUR_MS + 3 * HOUR_MS).toISOString();
  const countsOf = (archives: number, lost: number): ListingCounts => ({
    ...NO_ARCHIVES,
    archives_total: archives,
    present: archives - lost - 6,
    missing: lost,
    exempt: 6,
    exempt_by_cutoff: 6,
    stale: 1,
    violations: lost,
    keys_scanned: archives * 2 - lost,
    listings: archives - lost,
    bytes_archived: archives * 42_000_000_000,
    newest_archive_at: newest,
    dated_by_last_modified: archives,
  });
  const partition = (name: string, archives: number, lost: number): PartitionSummary => ({
    name,
    url: SCOPE,
    prefix: `${SCOPE}${name}/`,
    state: 'complete',
    ...countsOf(archives, lost),
    series: [{ name: 'artifacts-#-#-#.tar.gz', archives, newest_archive_at: newest }],
  });
  const grown = NIGHTS - night;
  const partitions = [
    partition('atlas', 420 + grown * 3, missing),
    partition('borealis', 390 + grown * 3, 0),
    partition('cirrus', 88 + grown, 0),
    ...(night === 1 ? hostile.map((text) => partition(text, 1, 1)) : []),
  ];
  const archives = partitions.reduce((total, one) => total + one.archives_total, 0);
  const violations = partitions.reduce((total, one) => total + one.violations, 0);
  return {
    ...countsOf(archives, violations),
    present: archives - violations - 6 * partitions.length,
    exempt: 6 * partitions.length,
    exempt_by_cutoff: 6 * partitions.length,
    stale: partitions.length,
    threshold: 0,
    list_requests: 3,
    targets: [
      {
        url: SCOPE,
        complete: true,
        partition_depth: 1,
        archives_total: archives,
        violations,
        counted: violations,
        fail_on: 'all',
        threshold: 0,
        exceeded: violations > 0,
        errors: 0,
        archive_errors: 0,
      },
    ],
    partitions,
    failures: [],
  };
}

const NO_ARCHIVES: ListingCounts = {
  archives_total: 0,
  present: 0,
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
  keys_scanned: 0,
  listings: 0,
  indexes: 0,
  other: 0,
  canaries: 0,
  bytes_archived: 0,
  newest_archive_at: null,
  dated_by_key: 0,
  dated_by_last_modified: 0,
};

function backfillSummary(): BackfillSummary {
  const counts = (scanned: number, lost: number, noFile: number): RowCounts => ({
    rows_scanned: scanned,
    rows_updated: scanned - lost - noFile,
    rows_unchanged: 0,
    drift_events: 3,
    rows_no_file: noFile,
    rows_lost: lost,
    rows_outside_root: 0,
    rows_not_regular: 0,
    rows_elsewhere: 0,
    rows_pointer: 0,
    rows_unreadable: 0,
    rows_unstable: 0,
    rows_conflict: 0,
    rows_bad_metadata: 0,
    rows_id_not_unique: 0,
    rows_already_done: 4000,
    rows_partial: 0,
    rows_remaining: 0,
  });
  return {
    ...counts(412, 2, 18),
    drift_events: 12,
    drift_open: 12,
    bytes_hashed: 81_000_000_000,
    elapsed_ms: 5_400_000,
    stopped_by: null,
    by_type: {
      dataset: counts(120, 1, 6),
      figure: counts(90, 0, 4),
      model: counts(110, 1, 6),
      tabular_dataset: counts(92, 0, 2),
    },
  };
}

function planSummary(): RecoverySummary {
  const statuses = {
    to_bind: 132,
    bound: 0,
    refused: 0,
    needs_review: 6,
    rejected: 0,
    external_reference: 0,
    residual: 7,
    undecided: 0,
    unrecoverable: 0,
  };
  return {
    rows_considered: 145,
    ...statuses,
    candidates: 301,
    archives_searched: 30,
    archives_streamed: 0,
    bytes_fetched: 48_000_000,
    bytes_recovered: 0,
    by_type: { model: { rows: 500, on_disk_before: 355, on_disk_after: 355, ...statuses } },
    sources: [
      {
        source: 'archives s3://demo/backups/atlas/',
        kind: 'archives',
        state: 'complete',
        scope: '30 archives',
        files: 4000,
        errors: [],
      },
    ],
    plan_file: '/var/lib/salvor/plan.json',
  };
}

/** The seeded summaries by job. A test compares them with those of real runs. */
export function seededSummaries(): Record<string, unknown> {
  return {
    'listings verify': listingSummary(Date.now(), 1, 3, []),
    'checksums backfill': backfillSummary(),
    'recovery plan': planSummary(),
  };
}

async function seedFindings(client: pg.Client, now: number, hostile: readonly string[]): Promise<void> {
  const run = randomUUID();
  const open = [
    ['listing.missing', 'error', 'atlas/database-2026-11-17.tar.gz', true],
    ['listing.missing', 'error', 'atlas/artifacts-2026-11-18.tar.gz', true],
    ['listing.too_small', 'error', 'atlas/home-2026-11-18.tar.gz', true],
    ['listing.stale', 'warning', 'borealis/artifacts-2026-11-16.tar.gz', false],
    ['archive.unrecognised', 'warning', 'cirrus/vault-2026-11-19.tar.gz.gpg', false],
    ...hostile.map((text) => ['listing.missing', 'error', text, true] as const),
  ] as const;
  for (const [index, [code, severity, key, violation]] of open.entries()) {
    await client.query(
      `insert into salvor.findings (job, scope, code, subject, severity, violation, first_seen_at, last_seen_at,
         first_run_id, last_run_id, scope_key, subject_key)
       values ('listings verify', $1, $2, $3, $4, $5, $6, now(), $7, $7, $8, sha256($9::bytea))`,
      [
        SCOPE,
        code,
        `${SCOPE}${key}`,
        severity,
        violation,
        new Date(now - (index + 1) * 20 * HOUR_MS),
        run,
        scopeKey('listings verify', SCOPE),
        Buffer.from(`${code} ${key}`),
      ],
    );
  }
}
