import { createHash } from 'node:crypto';
import type { Database } from '../../src/registry/database.js';
import { scopeKey } from '../../src/registry/runs/scope-key.js';

/**
 * Rows of each large table: enough that the planner takes an index wherever one fits. `.ci/run` makes it
 * SALVOR_STATEMENT_ROWS=100000.
 */
export const ROWS = Number(process.env.SALVOR_STATEMENT_ROWS ?? 25_000);
/** From one run to the next, as the seed has them. */
export const RUN_EVERY_MS = 600_000;
export const JOB = 'listings verify';
export const SCOPE = 's3://bucket/scope-1/';
export const HOST = 'host-1';

/** The id of the n-th run, as the seed computes it. */
export function runId(n: number): string {
  const hex = createHash('md5').update(`run ${n}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Fills every table of Salvor's, and the user's, as years of use would: most of it ended long ago, little is open. */
export async function seedYears(db: Database): Promise<void> {
  const key = (n: string): string =>
    `(array[${[...Array(20).keys()].map((i) => scopeKey(JOB, `s3://bucket/scope-${i}/`)).join(', ')}]::bigint[])[1 + ${n} % 20]`;
  const rows = `from generate_series(1, ${ROWS}) as g(n)`;
  const run = (n: string): string => `md5('run ' || ${n})::uuid`;
  await db.query(`create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb,
    title text, created_at timestamptz default now())`);
  await db.query(`insert into artifacts (id, artifact_type, file_path, metadata)
    select 'a' || n, 'type-' || n % 5, '/data/dir' || n % 100 || '/file' || n || '.csv', pg_catalog.jsonb_build_object(
      'file_sha256', encode(sha256(n::text::bytea), 'hex'), 'file_size_bytes', n,
      'file_sha256_computed_at', '2026-01-02T03:04:05.678Z', 'notes', repeat('x', 200)) ${rows}`);
  await db.query(`insert into salvor.runs (id, job, scope, host, pid, options, status, exit_code, qualifying, version,
      started_at, heartbeat_at, finished_at, summary, failures, scope_key)
    select ${run('n')}, '${JOB}', 's3://bucket/scope-' || n % 20 || '/', 'host-' || n / 7 % 50, 1, '{}', 'ok', 0, n % 10 <> 0, '0',
      now() - n * interval '10 minutes', now() - n * interval '10 minutes', now() - n * interval '10 minutes', '{}', '[]',
      ${key('n')} ${rows}`);
  await db.query(`insert into salvor.findings (job, scope, code, subject, severity, violation, message, failure,
      first_seen_at, last_seen_at, resolved_at, resolution, first_run_id, last_run_id, scope_key, subject_key)
    select '${JOB}', 's3://bucket/scope-' || n % 20 || '/', 'listing.missing', 's' || n, 'error', true, '', false,
      now() - n * interval '10 minutes', now() - n * interval '9 minutes',
      case when n % 1000 > 0 then now() - n * interval '9 minutes' end, case when n % 1000 > 0 then 'gone' end, ${run('n')}, ${run('n')}, ${key('n')},
      substring(sha256(('s' || n)::bytea) from 1 for 16) ${rows}`);
  await db.query(`insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, actor, at)
    select ${run('n % 2000')}, 'a' || n, 'salvor.artifacts', case when n % 1000 = 0 then 'bind' else 'checksum' end, '{}', '{}', 'someone', now() ${rows}`);
  await db.query(`insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, actor, undoes)
    select ${run('7')}, j.artifact_id, j.table_name, 'undo', '{}', '{}', 'someone', j.id from salvor.journal j where j.id % 1000 = 0`);
  await db.query(`insert into salvor.digests (artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at)
    select 'a' || n, 'salvor.artifacts', '/data/dir' || n % 100 || '/file' || n || '.csv', '/data', n, now(), encode(sha256(n::text::bytea), 'hex'), now() ${rows}`);
  await db.query(`insert into salvor.drift (run_id, artifact_id, artifact_type, table_name, old_sha256, new_sha256, size_bytes,
      mtime, path, root, class, state, first_seen_at, last_seen_at)
    select ${run('n % 2000')}, 'a' || n, 'type-' || n % 5, 'salvor.artifacts', repeat('a', 64), repeat('b', 64), n, now(),
      '/data/file' || n, '/data', 'unknown', case when n % 1000 = 0 then 'open' else 'accepted' end, now(), now() ${rows}`);
  await db.query(`insert into salvor.decisions (table_name, artifact_id, decision, cid, detail, actor)
    select 'salvor.artifacts', 'a' || n, 'accept', '0123456789ab', '{}', 'someone' ${rows}`);
  await db.query(`insert into salvor.recovery_rows (table_name, artifact_id, artifact_type, status, plan_id, plan_row)
    select 'salvor.artifacts', 'a' || n, 'type-' || n % 5, case when n % 1000 = 0 then 'needs_review' else 'residual' end, ${run('1')}, '{}' ${rows}`);
  await db.query(`insert into salvor.proofs (table_name, run_id, artifact_id, sha256, archive_url, member, ok, proved_at)
    select 'salvor.artifacts', ${run('n % 2000')}, 'a' || n, encode(sha256(n::text::bytea), 'hex'), 's3://b/a.tar', 'm', true, now() - n * interval '1 minute' ${rows}`);
  await db.query(`insert into salvor.file_todos (kind, state, table_name, artifact_id, run_id, host, root, path)
    select 'place', 'done', 'salvor.artifacts', 'a' || n, ${run('n % 2000')}, 'host-1', '/data', 'file' || n ${rows}`);
  await db.query(`insert into salvor.pending_changes (journal_id, script, settled_at, outcome)
    select id, 's.sql', case when id % 1000 > 0 then now() end, case when id % 1000 > 0 then 'applied' end from salvor.journal`);
  await db.query('analyze');
}
