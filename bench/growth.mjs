// The cost of each job at three sizes a factor of 10 apart: CPU of the program and of PostgreSQL, memory, rows written and
// WAL; and the exponent with which the cost of the largest step grows. Only CPU seconds are compared, so it can run on a
// busy machine. SALVOR_BENCH_GROWTH sets the smallest size (default 1000: up to 100,000), SALVOR_BENCH_GROUPS=recovery,drill
// runs only some groups of jobs. What is decided one by one stops at 100,000, which is as much as one command takes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticCatalog } from '../dist/demo/s3/catalog.js';
import { startS3Server } from '../dist/demo/s3/server.js';
import { openRegistry } from '../dist/registry/registry.js';
import { GROUPS } from './support/growth-jobs.mjs';
import { cpuOf, measure } from './support/growth-measure.mjs';
import { keyAt } from './support/growth-worlds.mjs';

const smallest = Number(process.env.SALVOR_BENCH_GROWTH ?? 1000);
const asked = process.env.SALVOR_BENCH_GROUPS?.split(',') ?? Object.keys(GROUPS);
/** Above this, cost grows faster than the work, which needs an explanation. */
const MAX_EXPONENT = 1.1;

export async function run() {
  console.log(
    '  job                              work     node s    PG s    MB RSS   rows written      WAL kB   exponent',
  );
  for (const name of asked) {
    const group = GROUPS[name];
    if (group === undefined) throw new Error(`no such group: ${name}; there are ${Object.keys(GROUPS)}`);
    const last = Math.min(100 * smallest, group.most ?? Number.POSITIVE_INFINITY);
    const sizes = [last / 100, last / 10, last];
    const measured = [];
    for (const size of sizes) measured.push(await measureSize(group, size));
    printGroup(group, sizes, measured);
  }
}

function printGroup({ jobs }, sizes, measured) {
  for (const [j, { name }] of jobs.entries()) {
    for (const [s, size] of sizes.entries()) {
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
      console.log(`  ${(s === 0 ? name : '').padEnd(30)}${numbers}   ${exponent}`);
    }
    const peers = measured.map((results) => results[j].peers);
    for (const [peer, seconds] of peersOf(sizes, peers)) console.log(`    ${peer.padEnd(28)}${seconds}`);
  }
}

/** The CPU seconds of each peer at each size, as text. */
function* peersOf(sizes, bySize) {
  for (const peer of Object.keys(bySize[0])) {
    const seconds = bySize.map((peers) => peers[peer]);
    if (seconds.some((one) => one === undefined)) yield [peer, 'not installed, or failed'];
    else yield [peer, sizes.map((size, s) => `${size}: ${seconds[s].toFixed(2)} s`).join(', ')];
  }
}

/** The exponent of the CPU time of program and server together, without the startup cost. */
function exponentOf(before, after) {
  const start = Math.min(before.node, 0.3);
  const cost = ({ node, server }) => Math.max(node + server - start, 0.05);
  const exponent = Math.log10(cost(after) / cost(before));
  return `${exponent.toFixed(2)}${exponent > MAX_EXPONENT ? ' TO EXPLAIN' : ''}`;
}

async function measureSize({ prepare, jobs }, size) {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  const registry = await openRegistry(`embedded:${join(base, 'pg')}`);
  const server = await startS3Server({
    buckets: { bench: syntheticCatalog(2 * size, (index) => keyAt(size, index)) },
  });
  try {
    const { endpoint, credentials } = server;
    const { database } = registry;
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: 'us-east-1',
      // The server has no TLS, and rclone fails where this is set.
      AWS_CA_BUNDLE: undefined,
    };
    const world = { base, database, env, endpoint, size };
    Object.assign(world, await prepare(world));
    // Otherwise the server does it by itself, at the cost of whatever job runs then.
    await database.query('analyze');
    await database.query('checkpoint');
    const results = [];
    for (const job of jobs) {
      const result = await measure(job, world);
      if (process.env.BENCH_VERBOSE !== undefined) console.error(size, job.name, JSON.stringify(result));
      const peers = {};
      for (const [peer, command] of Object.entries(job.peers ?? {}))
        peers[peer] = await cpuOf(command(world), env);
      results.push({ ...result, peers });
    }
    return results;
  } finally {
    await server.close();
    await registry.close();
    rmSync(base, { recursive: true, force: true });
  }
}
