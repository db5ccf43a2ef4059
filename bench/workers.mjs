// One `salvor worker` compared with four, on files that take 5 ms to open. SALVOR_BENCH_SCALE=0.1 makes it smaller.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installQueue } from '../dist/queue/install.js';
import { openRegistry } from '../dist/registry/registry.js';
import { main, startWorker, stopWorker } from './support/workers.mjs';

const slowReads = new URL('../test/support/slow-reads.mjs', import.meta.url).href;
const scale = Number(process.env.SALVOR_BENCH_SCALE ?? 1);
const rows = Math.round(4000 * scale);
const ROUNDS = 2;
const LATENCY_MS = 5;
const slow = {
  env: { ...process.env, READ_LATENCY_MS: String(LATENCY_MS) },
  nodeFlags: ['--import', slowReads],
};

export async function run() {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  const url = `embedded:${join(base, 'pg')}`;
  const registry = await openRegistry(url);
  try {
    const config = await prepare(registry.database, base, url);
    const seconds = { 1: [], 4: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const count of [1, 4]) seconds[count].push(await timed(registry.database, config, count));
    }
    const [one, four] = [Math.min(...seconds[1]), Math.min(...seconds[4])];
    console.log(`  ${rows} files of ${LATENCY_MS} ms each, one reading thread to a worker`);
    console.log(`  1 worker   ${one.toFixed(1)} s   ${Math.round(rows / one)} files/s`);
    console.log(`  4 workers  ${four.toFixed(1)} s   ${Math.round(rows / four)} files/s`);
    console.log(`  ratio ${(one / four).toFixed(2)} (at least 3.5 wanted)`);
  } finally {
    await registry.close();
    rmSync(base, { recursive: true, force: true });
  }
}

async function prepare(database, base, url) {
  await installQueue(database);
  await database.query(
    'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb)',
  );
  const root = join(base, 'root');
  mkdirSync(root);
  for (let i = 0; i < rows; i += 1) writeFileSync(join(root, `f${i}`), `content ${i}`);
  const config = join(base, 'salvor.yaml');
  writeFileSync(
    config,
    `roots: [{ path: root }]\nregistry: { url: "${url}" }\nchecksums: { threads: 1 }\nhealth: { ndjson: events.ndjson }\n`,
    { mode: 0o600 },
  );
  return config;
}

async function timed(database, config, count) {
  await database.query('truncate artifacts, salvor.digests');
  await database.query(
    `insert into artifacts select 'a' || i, 'dataset', 'f' || i, '{}' from generate_series(0, $1 - 1) i`,
    [rows],
  );
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(config, slow)));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      main,
      ...['checksums', 'backfill', '--distribute', '--config', config, '--json'],
    ]);
    const { summary } = JSON.parse(stdout);
    if (summary.rows_updated !== rows) throw new Error(`${summary.rows_updated} of ${rows} rows were hashed`);
    return summary.elapsed_ms / 1000;
  } finally {
    await Promise.all(workers.map(stopWorker));
  }
}
