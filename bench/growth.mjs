// The cost of each job at three sizes a factor of 10 apart: CPU of the program and of PostgreSQL, memory, rows written and
// WAL; and the exponent with which the cost of the largest step grows. Only CPU seconds are compared, so it can run on a
// busy machine. SALVOR_BENCH_GROWTH sets the smallest size (default 1000: up to 100,000).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
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
  {
    name: 'verify, first',
    args: ['listings', 'verify'],
    codes: [1],
    peers: {
      'rclone lsf': ({ endpoint }) => [
        'rclone',
        'lsf',
        '-R',
        `:s3,provider=Other,env_auth=true,region=us-east-1,endpoint='${endpoint}':bench/b/`,
      ],
      'aws s3api': ({ endpoint }) => [
        ...['aws', 's3api', 'list-objects-v2', '--bucket', 'bench', '--prefix', 'b/'],
        ...['--endpoint-url', endpoint, '--query', 'Contents[].Key', '--output', 'text'],
      ],
    },
  },
  { name: 'verify, 1 finding open', args: ['listings', 'verify'], codes: [1] },
  { name: 'backfill', args: ['checksums', 'backfill'] },
  { name: 'backfill, nothing to do', args: ['checksums', 'backfill'] },
  { name: 'scrub', args: ['checksums', 'verify'] },
  { name: 'journal log', args: ['journal', 'log', '--limit', '10000000'] },
  { name: 'status', args: ['status'] },
  { name: 'prune, dry', args: ['prune', '--older-than', '1d'] },
  {
    name: 'listings build',
    args: ({ archive }) => ['listings', 'build', '--upload', archive],
    peers: { 'tar -tzf': ({ archive }) => ['tar', '-tzf', archive] },
  },
  {
    name: 'restore --list, 1 name',
    args: ({ archive }) => ['restore', '--list', archive, 'd/member-7'],
    peers: { 'rg in the listing': ({ archive }) => ['rg', '-c', 'd/member-7$', `${archive}.list.txt`] },
  },
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
    for (const [peer, seconds] of peersOf(measured.map((jobs) => jobs[j].peers)))
      console.log(`    ${peer.padEnd(22)}${seconds}`);
  }
}

/** The CPU seconds of each peer at each size, as text. */
function* peersOf(bySize) {
  for (const peer of Object.keys(bySize[0])) {
    const seconds = bySize.map((peers) => peers[peer]);
    if (seconds.some((one) => one === undefined)) yield [peer, 'not installed, or failed'];
    else yield [peer, SIZES.map((size, s) => `${size}: ${seconds[s].toFixed(2)} s`).join(', ')];
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
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: 'us-east-1',
      // The server has no TLS, and rclone fails where this is set.
      AWS_CA_BUNDLE: undefined,
    };
    const { endpoint } = server;
    const archive = writeArchive(base, size);
    const world = { base, config, env, endpoint, archive, database: registry.database };
    const results = [];
    for (const job of JOBS) {
      const result = await measure(job, world);
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

/** Archives and their listings; the last archive has none. */
function keyAt(index) {
  return `b/data-${String((index + 1) >> 1).padStart(8, '0')}.tar.gz${index % 2 === 1 ? '' : '.list.txt'}`;
}

/** An archive of files of one block each. */
function writeArchive(base, members) {
  const blocks = Buffer.alloc(members * 1024 + 1024);
  for (let n = 0; n < members; n += 1) {
    const block = blocks.subarray(n * 1024, n * 1024 + 512);
    block.write(`d/member-${n}`, 0);
    block.write('0000644\x000000000\x000000000\x0000000000012\x0014500000000\x00        0', 100);
    block.write('ustar\x0000', 257);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.write('0123456789', n * 1024 + 512);
  }
  const archive = join(base, 'members.tar.gz');
  writeFileSync(archive, gzipSync(blocks));
  return archive;
}

/** The CPU seconds of a peer, whose output is discarded; undefined if it is not installed or fails. */
async function cpuOf([program, ...args], env) {
  if (spawnSync('which', [program]).status !== 0) return undefined;
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1';
  // Not spawnSync: the S3 server runs in this process.
  const child = spawn('bash', ['-c', script, 'bash', program, ...args], {
    env,
    stdio: ['ignore', nowhere, 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (bytes) => {
    told += bytes;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) return undefined;
  const [user, system] = told.trim().split(' ').map(Number);
  return user + system;
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

async function measure({ name, args, codes = [0] }, world) {
  const { base, config, env, database } = world;
  const usage = join(base, 'usage.json');
  const atExit = `import { writeFileSync } from 'node:fs';
    process.on('exit', () => writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.resourceUsage())));`;
  const preload = `--import=data:text/javascript,${encodeURIComponent(atExit)}`;
  const before = await serverState(base, database);
  const command = [
    preload,
    main,
    ...(typeof args === 'function' ? args(world) : args),
    '--config',
    config,
    '--json',
  ];
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
