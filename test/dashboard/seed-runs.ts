import { randomUUID } from 'node:crypto';
import type pg from 'pg';
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

/** A month of nights: listings that mostly were there, a backfill, a scrub, and one that runs now. */
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
    summary: { rows_considered: 145, bound: 132, needs_review: 6, residual: 7 },
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

function listingSummary(now: number, night: number, missing: number, hostile: readonly string[]): unknown {
  const partition = (name: string, archives: number, lost: number) => ({
    name,
    url: SCOPE,
    prefix: `${SCOPE}${name}/`,
    state: 'complete',
    archives_total: archives,
    present: archives - lost - 6,
    missing: lost,
    too_small: 0,
    pending: 0,
    exempt: 6,
    stale: 1,
    violations: lost,
    bytes_archived: archives * 42_000_000_000,
    newest_archive_at: new Date(now - night * 24 * HOUR_MS + 3 * HOUR_MS).toISOString(),
  });
  const grown = NIGHTS - night;
  const partitions = [
    partition('atlas', 420 + grown * 3, missing),
    partition('borealis', 390 + grown * 3, 0),
    partition('cirrus', 88 + grown, 0),
    ...(night === 1 ? hostile.map((text) => partition(text, 1, 1)) : []),
  ];
  const sum = (pick: (one: (typeof partitions)[number]) => number): number =>
    partitions.reduce((total, one) => total + pick(one), 0);
  return {
    archives_total: sum((one) => one.archives_total),
    present: sum((one) => one.present),
    missing: sum((one) => one.missing),
    too_small: 0,
    pending: 0,
    exempt: sum((one) => one.exempt),
    stale: 3,
    violations: sum((one) => one.violations),
    bytes_archived: sum((one) => one.bytes_archived),
    newest_archive_at: partitions[0]?.newest_archive_at,
    partitions,
  };
}

function backfillSummary(): unknown {
  const counts = (scanned: number, lost: number, noFile: number) => ({
    rows_scanned: scanned,
    rows_updated: scanned - lost - noFile,
    rows_unchanged: 0,
    drift_events: 3,
    rows_no_file: noFile,
    rows_lost: lost,
    rows_unreadable: 0,
    rows_already_done: 4000,
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
