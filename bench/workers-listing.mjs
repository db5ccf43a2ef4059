// `listings verify` in one process, and distributed to one and to four workers, with 50 ms per page.
// SALVOR_BENCH_SCALE=0.1 makes it smaller.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { syntheticCatalog } from '../dist/demo/s3/catalog.js';
import { startS3Server } from '../dist/demo/s3/server.js';
import { installQueue } from '../dist/queue/install.js';
import { openRegistry } from '../dist/registry/registry.js';
import { main, startWorker, stopWorker } from './support/workers.mjs';

const keys = Math.round(400_000 * Number(process.env.SALVOR_BENCH_SCALE ?? 1));
const HOSTS = 20;
const LATENCY_MS = 50;

export async function run() {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  const url = `embedded:${join(base, 'pg')}`;
  const registry = await openRegistry(url);
  const server = await startS3Server({
    buckets: { bench: syntheticCatalog(keys, keyAt) },
    intercept: async (_call, answer) => {
      await new Promise((done) => setTimeout(done, LATENCY_MS));
      return answer();
    },
  });
  try {
    await installQueue(registry.database);
    const where = { config: configure(base, url, server.endpoint), env: environment(server) };
    console.log(`  ${keys} keys, ${LATENCY_MS} ms added to each page`);
    const alone = await verify(where);
    console.log(`  one pass    ${told(alone)}`);
    const seconds = {};
    for (const count of [1, 4]) {
      const workers = await Promise.all(
        Array.from({ length: count }, () => startWorker(where.config, where)),
      );
      const shared = await verify(where, '--distribute');
      await Promise.all(workers.map(stopWorker));
      seconds[count] = shared.seconds;
      console.log(`  ${count} worker${count === 1 ? ' ' : 's'}   ${told(shared)}`);
    }
    console.log(`  ratio of one worker to four ${(seconds[1] / seconds[4]).toFixed(2)}`);
  } finally {
    await server.close();
    await registry.close();
    rmSync(base, { recursive: true, force: true });
  }
}

/** Half archives, half listings, for twenty hosts. */
function keyAt(index) {
  const perHost = Math.ceil(keys / HOSTS);
  const host = String(Math.floor(index / perHost)).padStart(2, '0');
  const number = String((index % perHost) >> 1).padStart(6, '0');
  return `b/host-${host}/data-${number}.tar.gz${index % 2 === 0 ? '' : '.list.txt'}`;
}

function configure(base, url, endpoint) {
  const config = join(base, 'salvor.yaml');
  const text = `registry: { url: "${url}" }
s3: { endpoint_url: "${endpoint}", region: us-east-1, path_style: true }
backups: [{ url: "s3://bench/b/" }]
health: { ndjson: events.ndjson }
`;
  writeFileSync(config, text, { mode: 0o600 });
  return config;
}

function environment({ credentials }) {
  const { accessKeyId, secretAccessKey } = credentials;
  return { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

async function verify({ config, env }, ...flags) {
  const began = performance.now();
  const args = [main, 'listings', 'verify', '--config', config, '--json', ...flags];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const { summary } = JSON.parse(stdout);
  if (summary.keys_scanned !== keys) throw new Error(`${summary.keys_scanned} of ${keys} keys were listed`);
  return { seconds: (performance.now() - began) / 1000, requests: summary.list_requests };
}

function told({ seconds, requests }) {
  return `${seconds.toFixed(1)} s   ${Math.round(keys / seconds)} keys/s   ${requests} requests`;
}
