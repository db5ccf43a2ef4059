// Bytes per row of the tables that grow, indexes included, for docs/scale.md. Texts are as long as the jobs write them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegistry } from '../dist/registry/registry.js';
import { scopeKey } from '../dist/registry/runs/scope-key.js';
import { VERIFY } from './support/dashboard-summaries.mjs';

const ROWS = 50_000;
const SHA = "encode(sha256(n::text::bytea), 'hex')";
const KEY = scopeKey('listings verify', 's3://bucket/backups/');

const ROWS_OF = {
  runs: `insert into salvor.runs (id, job, scope, host, pid, options, status, exit_code, qualifying, version, started_at,
      heartbeat_at, finished_at, summary, failures, scope_key)
    select gen_random_uuid(), 'listings verify', 's3://bucket/backups/', 'host-' || n % 50, 1, '{"grace": 3600000}', 'ok', 0,
      true, '0.1.0', now() - n * interval '1 minute', now() - n * interval '1 minute', now() - n * interval '1 minute',
      '${JSON.stringify(VERIFY)}'::jsonb, '[]', ${KEY} from generate_series(1, ${ROWS}) n`,
  findings: `insert into salvor.findings (job, scope, code, subject, severity, violation, message, failure, first_seen_at,
      last_seen_at, first_run_id, last_run_id, scope_key, subject_key)
    select 'listings verify', 's3://bucket/backups/', 'listing.missing', 's3://bucket/backups/host-' || n % 50 || '/artifacts-' || n
      || '.tar.gz', 'error', true, 'no listing next to the archive', false, now(), now(), r.id, r.id, ${KEY},
      substring(sha256(n::text::bytea) from 1 for 16)
    from generate_series(1, ${ROWS}) n cross join (select gen_random_uuid() as id) r`,
  journal: `insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, actor, at)
    select r.id, gen_random_uuid()::text, 'public.artifacts', 'checksum', '{"metadata":{}}', json_build_object('metadata',
      json_build_object('file_sha256', ${SHA}, 'file_size_bytes', n, 'file_sha256_computed_at', '2026-11-10T03:00:00.000Z')),
      'salvor@host', now() from generate_series(1, ${ROWS}) n cross join (select gen_random_uuid() as id) r`,
  digests: `insert into salvor.digests (artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at)
    select gen_random_uuid()::text, 'public.artifacts', 'datasets/dir-' || n % 100 || '/item-' || n || '.csv', '/data/artifacts', n,
      now(), ${SHA}, now() from generate_series(1, ${ROWS}) n`,
};

export async function run() {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  const { database, close } = await openRegistry(`embedded:${join(base, 'pg')}`);
  try {
    console.log(`  bytes per row of ${ROWS.toLocaleString('en')}, with indexes`);
    for (const [table, sql] of Object.entries(ROWS_OF)) {
      await database.query(sql);
      const { rows } = await database.query(
        `select pg_catalog.pg_total_relation_size('salvor.${table}')::float8 as bytes`,
      );
      console.log(`  salvor.${table.padEnd(10)} ${Math.round(rows[0].bytes / ROWS)}`);
    }
  } finally {
    await close();
    rmSync(base, { recursive: true, force: true });
  }
}
