// The cost of each job at three sizes a factor of 10 apart: CPU of the program and of PostgreSQL, memory, rows written and
// WAL; and the exponent with which the cost of the largest step grows. Only CPU seconds are compared, so it can run on a
// busy machine. SALVOR_BENCH_GROWTH sets the smallest size (default 1000: up to 100,000).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticCatalog } from '../dist/demo/s3/catalog.js';
import { startS3Server } from '../dist/demo/s3/server.js';
import { openRegistry } from '../dist/registry/registry.js';
import { main } from './support/workers.mjs';

const smallest = Number(process.env.SALVOR_BENCH_GROWTH ?? 1000);
const SIZES = [smallest, 10 * smallest, 100 * smallest];
/** Above this, cost grows faster than the work, which needs an explanation. */
const MAX_EXPONENT = 1.1;
const TICKS_PER_SECOND = 100;
const nowhere = openSync('/dev/null', 'w');

/** The jobs in order, on one registry: each works on the results of the previous one. */
const JOBS = [
  { name: 'verify, first', args: ['listings', 'verify'], codes: [1] },
  { name: 'verify, 1 finding open', args: ['listings', 'verify'], codes: [1] },
  { name: 'backfill', args: ['checksums', 'backfill'] },
  { name: 'backfill, nothing to do', args: ['checksums', 'backfill'] },
  { name: 'scrub', args: ['checksums', 'verify'] },
  { name: 'journal log', args: ['journal', 'log', '--limit', '10000000'] },
  { name: 'status', args: ['status'] },
  { name: 'prune, dry', args: ['prune', '--older-than', '1d'] },
];

export async function run() {
  const measured = [];
  for (const size of SIZES) measured.push(await measureSize(size));
  console.log(
    '  job                        work     node s    PG s    MB RSS   rows written      WAL kB   exponent',
  );
  for (const [j, { name }] of JOBS.entries()) {
    for (const [s, size] of SIZES.entries()) {
      const one = measured[s][j];
      const numbers = [
        String(size).padStart(10),
        one.node.toFixed(2).padStart(9),
        one.server.toFixed(2).padStart(8),
        String(Math.round(one.rss / 1024)).padStart(9),
        String(one.rows).padStart(14),
        String(Math.round(one.wal / 1024)).padStart(11),
      ].join(' ');
      const exponent = s === 0 ? '' : exponentOf(measured[s - 1][j], one);
      console.log(`  ${(s === 0 ? name : '').padEnd(24)}${numbers}   ${exponent}`);
    }
  }
}

/** The exponent of the CPU time of program and server together, without the startup cost. */
function exponentOf(before, after) {
  const start = Math.min(before.node, 0.3);
  const cost = ({ node, server }) => Math.max(node + server - start, 0.05);
  const exponent = Math.log10(cost(after) / cost(before));
  return `${exponent.toFixed(2)}${exponent > MAX_EXPONENT ? ' TO EXPLAIN' : ''}`;
}

async function measureSize(size) {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  const registry = await openRegistry(`embedded:${join(base, 'pg')}`);
  const server = await startS3Server({ buckets: { bench: syntheticCatalog(size, keyAt) } });
  try {
    const config = await prepare(base, registry.database, server, size);
    const { accessKeyId, secretAccessKey } = server.credentials;
    const env = { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const results = [];
    for (const job of JOBS)
      results.push(await measure(job, { base, config, env, database: registry.database }));
    return results;
  } finally {
    await server.close();
    await registry.close();
    rmSync(base, { recursive: true, force: true });
  }
}

/** Archives and their listings; the last archive has none. */
function keyAt(index) {
  return `b/data-${String((index + 1) >> 1).padStart(8, '0')}.tar.gz${index % 2 === 1 ? '' : '.list.txt'}`;
}

/** All rows have the same small file, so that only the cost per row is measured. */
async function prepare(base, database, { endpoint }, size) {
  mkdirSync(join(base, 'root'));
  writeFileSync(join(base, 'root', 'file.csv'), 'a,b\n1,2\n');
  await database.query(
    'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb)',
  );
  await database.query(
    `insert into artifacts select 'a' || n, 'dataset', 'file.csv', jsonb_build_object('notes', repeat('x', 200))
     from generate_series(1, ${size}) as g(n)`,
  );
  const config = join(base, 'salvor.yaml');
  const text = `registry: { url: "embedded:${join(base, 'pg')}" }
roots: [{ path: "${join(base, 'root')}" }]
s3: { endpoint_url: "${endpoint}", region: us-east-1, path_style: true }
backups: [{ url: "s3://bench/b/" }]
health: { ndjson: "${join(base, 'events.ndjson')}" }
`;
  writeFileSync(config, text, { mode: 0o600 });
  return config;
}

async function measure({ name, args, codes = [0] }, { base, config, env, database }) {
  const usage = join(base, 'usage.json');
  const atExit = `import { writeFileSync } from 'node:fs';
    process.on('exit', () => writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.resourceUsage())));`;
  const preload = `--import=data:text/javascript,${encodeURIComponent(atExit)}`;
  const before = await serverState(base, database);
  const command = [preload, main, ...args, '--config', config, '--json'];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', nowhere, 'inherit'] });
  const [code] = await once(child, 'exit');
  if (!codes.includes(code)) throw new Error(`${name} ended with ${code}`);
  const after = await serverState(base, database);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usage, 'utf8'));
  return {
    node: (userCPUTime + systemCPUTime) / 1e6,
    rss: maxRSS,
    server: after.seconds - before.seconds,
    rows: after.rows - before.rows,
    wal: after.wal - before.wal,
  };
}

/** CPU of all finished backends (Linux), and the amount written so far. */
async function serverState(base, database) {
  const [pid] = readFileSync(join(base, 'pg', 'data', 'postmaster.pid'), 'utf8').split('\n');
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const { rows } = await database.query(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal,
       (tup_inserted + tup_updated + tup_deleted)::float8 as rows
     from pg_stat_database where datname = current_database()`,
  );
  return {
    seconds: (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND,
    wal: rows[0].wal,
    rows: rows[0].rows,
  };
}
