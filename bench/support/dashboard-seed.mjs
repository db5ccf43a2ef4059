// A registry as after years of use, made by SQL alone: most artifacts are verified, and every queue is full.
import { scopeKey } from '../../dist/registry/runs/scope-key.js';
import { BACKFILL, PARTITION, PLAN, SCRUB, VERIFY } from './dashboard-summaries.mjs';

const JOBS = ['listings verify', 'checksums backfill', 'checksums verify', 'recovery plan'];
const HOSTS = 10;
const SCOPES = 10;

/** SQL for a 64-character hex digest derived from a text. */
const sha = (text) => `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;

/** The name of the artifact table in the tables of Salvor. */
const OWNER =
  "(select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = 'artifacts'::regclass)";

const TABLE =
  'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb, title text)';

const ARTIFACTS = `
  insert into artifacts
  select 'a-' || lpad(n::text, 7, '0'), t.type,
    case when n % 40 = 0 then null else 'data/' || t.type || '/item-' || n || '.csv' end,
    case when n % 10 = 3 or n % 40 = 0 then '{"origin": "lab"}'::jsonb else
      jsonb_build_object('origin', 'lab', 'file_sha256', ${sha("'content ' || n")}, 'file_size_bytes', 1000 + n * 37,
        'file_sha256_computed_at', '2026-11-10T03:00:00.000Z') end,
    'Expression matrix of cohort ' || n
  from generate_series(1, $artifacts) n
  cross join lateral (select (array['dataset', 'figure', 'model', 'tabular_dataset'])[1 + n % 4] as type) t`;

const DIGESTS = `
  insert into salvor.digests (artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at)
  select id, ${OWNER}, file_path, '/data/artifacts', (metadata ->> 'file_size_bytes')::bigint, '2026-10-01T08:00:00Z',
    metadata ->> 'file_sha256', '2026-11-10T03:00:00Z'
  from artifacts where metadata ? 'file_sha256'`;

const PROOFS = `
  insert into salvor.proofs (run_id, artifact_id, table_name, sha256, archive_url, member, ok, proved_at)
  select gen_random_uuid(), artifact_id, table_name, sha256, 's3://bench/backups/artifacts.tar.gz', path, true, now() - interval '1 day'
  from salvor.digests order by artifact_id limit $artifacts / 10`;

/** Every other entry was decided long ago, so that open and decided ones are interleaved. */
const DRIFT = `
  insert into salvor.drift (run_id, artifact_id, table_name, artifact_type, old_sha256, new_sha256, size_bytes, mtime, path, root,
    class, state, first_seen_at, last_seen_at, decided_by, decided_at)
  select gen_random_uuid(), g.artifact_id, g.table_name, a.artifact_type, ${sha("'old ' || g.artifact_id")}, g.sha256, g.size_bytes,
    g.mtime, g.path, g.root, (array['rewritten', 'corrupt', 'unknown'])[1 + (n % 3)::int],
    case when n % 2 = 0 then 'open' else 'accepted' end, now() - n * interval '1 second', now(),
    case when n % 2 = 0 then null else 'alice' end, case when n % 2 = 0 then null else now() end
  from (select *, row_number() over (order by artifact_id) as n from salvor.digests) g
  join artifacts a on a.id = g.artifact_id where n <= $queue * 2`;

const JOURNAL = `
  insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, reason, actor, at)
  select ('00000000-0000-4000-8000-' || lpad((n / 5000)::text, 12, '0'))::uuid, artifact_id, table_name,
    case when n % 10 = 0 then 'drift' else 'checksum' end, '{"metadata": {}}',
    json_build_object('metadata', json_build_object('file_sha256', sha256)), null, 'salvor@host-' || n % 4,
    now() - n * interval '1 second'
  from (select *, row_number() over (order by artifact_id) as n from salvor.digests) g`;

const REVIEW = `
  insert into salvor.recovery_rows (artifact_id, table_name, artifact_type, status, plan_id, plan_row, updated_at)
  select a.id, ${OWNER}, a.artifact_type, case when n % 11 = 0 then 'bound' else 'needs_review' end, gen_random_uuid(),
    jsonb_build_object('id', a.id, 'artifact_type', a.artifact_type, 'file_path', a.file_path, 'title', a.title,
      'expected', jsonb_build_array('item-' || n || '.csv'), 'status', 'needs_review', 'rule', '6',
      'explanation', 'Two distinct contents match equally well; nothing on record tells which one it was.',
      'trusted_sha256', '[]'::jsonb, 'candidates', (
        select jsonb_agg(jsonb_build_object('cid', left(${sha('a.id || c')}, 12), 'source', 'archives s3://bench/backups/',
          'path', 's3://bench/backups/models.tar.gz : item-' || n || '.csv', 'size_bytes', n * 37,
          'mtime', '2026-11-02T09:14:00Z', 'sha256', ${sha("a.id || c || 'content'")}, 'tier', 'basename',
          'evidence', jsonb_build_array('the basename is equal', 'member of the newest archive of its series'),
          'rejected', null)) from generate_series(1, 3) c)),
    now() - interval '1 day'
  from (select *, row_number() over (order by id) as n from artifacts where id > 'a-0400000' or $queue < 100000) a
  where n <= $queue * 1.1`;

/** Decisions about one in twenty rows. */
const DECISIONS = `
  insert into salvor.decisions (artifact_id, table_name, decision, detail, actor, decided_at)
  select artifact_id, table_name, 'reject', '{}', 'alice', now()
  from (select *, row_number() over (order by artifact_id) as n from salvor.recovery_rows) r where n % 20 = 0`;

const json = (value) => `'${JSON.stringify(value)}'::jsonb`;

const RUNS = `
  insert into salvor.runs (id, job, scope, host, pid, options, status, exit_code, qualifying, version, started_at,
    heartbeat_at, finished_at, summary, scope_key)
  select gen_random_uuid(), s.job, s.scope, 'host-' || n % ${HOSTS}, 1, '{"grace": 3600000}',
    case when n % 7 = 0 then 'findings' else 'ok' end, case when n % 7 = 0 then 1 else 0 end, true, '0.1.0',
    now() - n * interval '1 minute', now() - n * interval '1 minute', now() - n * interval '1 minute' + interval '50 seconds',
    case s.job
      when 'listings verify' then ${json(VERIFY)} || jsonb_build_object('archives_total', 12000, 'present', 12000,
        'partitions', p.partitions)
      when 'checksums backfill' then ${json(BACKFILL)} || jsonb_build_object('rows_scanned', n, 'rows_updated', n)
      when 'checksums verify' then ${json(SCRUB)} || jsonb_build_object('rows_scanned', n, 'rows_unchanged', n)
      else ${json(PLAN)} end, s.key
  from generate_series(1, $runs) n
  join (select *, row_number() over () as i from jsonb_to_recordset($scopes) as t(job text, scope text, key bigint)) s
    on s.i = 1 + (n / ${HOSTS}) % ${JOBS.length * SCOPES}
  left join lateral (select jsonb_agg(${json(PARTITION)} || jsonb_build_object('name', 'host-' || c, 'url', s.scope,
    'prefix', s.scope || 'host-' || c || '/', 'violations', c % 3, 'missing', c % 3)) as partitions
    from generate_series(1, 40) c where s.job = 'listings verify') p on true`;

/** Open and resolved findings in the scopes of the listings. */
const FINDINGS = `
  insert into salvor.findings (job, scope, code, subject, severity, violation, first_seen_at, last_seen_at, resolved_at,
    resolution, baseline, first_run_id, last_run_id, scope_key, subject_key)
  select 'listings verify', s.scope, (array['listing.missing', 'listing.too_small', 'listing.stale'])[1 + n % 3],
    s.scope || 'host-' || n % 40 || '/artifacts-' || n || '.tar.gz', case when n % 3 = 2 then 'warning' else 'error' end,
    n % 3 < 2, now() - n * interval '1 second', now(), case when n % 2 = 0 then null else now() end,
    case when n % 2 = 0 then null else 'listing_written' end, n % 30 = 0, r.id, r.id, s.key,
    sha256(convert_to(n::text, 'UTF8'))
  from generate_series(1, $queue * 2) n
  join (select *, row_number() over () as i from jsonb_to_recordset($scopes) as t(job text, scope text, key bigint)
    where job = 'listings verify') s on s.i = 1 + n % ${SCOPES}
  cross join (select gen_random_uuid() as id) r`;

/**
 * Fills the tables of a new registry.
 * @param database from `openRegistry`
 * @param sizes number of artifacts, entries per queue, and runs
 */
export async function seed(database, sizes) {
  const scopes = JOBS.flatMap((job) =>
    Array.from({ length: SCOPES }, (_, i) => {
      const scope = job === 'listings verify' ? `s3://bench/backups-${i}/` : `registry-${i} artifacts`;
      return { job, scope, key: scopeKey(job, scope) };
    }),
  );
  const fill = (sql) =>
    sql
      .replaceAll('$artifacts', String(sizes.artifacts))
      .replaceAll('$queue', String(sizes.queue))
      .replaceAll('$runs', String(sizes.runs))
      .replaceAll('$scopes', `'${JSON.stringify(scopes)}'::jsonb`);
  for (const sql of [TABLE, ARTIFACTS, DIGESTS, PROOFS, DRIFT, JOURNAL, REVIEW, DECISIONS, RUNS, FINDINGS])
    await database.query(fill(sql));
  // As autovacuum would have done by then. `vacuum` itself cannot run in the transaction of a query.
  await database.query('analyze');
}
