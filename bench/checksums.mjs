// `salvor checksums backfill` next to the programs that people hash files with. SALVOR_BENCH_SCALE=0.1 makes it smaller.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../dist/core/clock.js';
import { openFiles } from '../dist/files/thread-pool.js';
import { backfillChecksums } from '../dist/jobs/checksums/backfill.js';
import { PartReader } from '../dist/jobs/checksums/pipeline/part-reader.js';
import { openArtifacts } from '../dist/registry/artifacts/artifacts.js';
import { PostgresDrift } from '../dist/registry/drift/drift.js';
import { openRegistry } from '../dist/registry/registry.js';

const scale = Number(process.env.SALVOR_BENCH_SCALE ?? 1);
const cores = availableParallelism();
const ROUNDS = 3;

export async function run() {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  const registry = await openRegistry(`embedded:${join(base, 'pg')}`);
  try {
    await prepareTables(registry.database);
    await bigAndSmall(registry.database, base);
    await twoDigests(base);
    await inParts(base);
    await limitedRate(registry.database, base);
    await manyTiny(registry.database, base);
    await resume(registry.database, base);
  } finally {
    await registry.close();
    rmSync(base, { recursive: true, force: true });
  }
}

async function prepareTables(database) {
  await database.query(`create table artifacts (id text primary key, artifact_type text, file_path text,
    metadata jsonb, title text)`);
}

async function bigAndSmall(database, base) {
  const root = join(base, 'mixed');
  const large = makeFiles(join(root, 'large'), 20, Math.round(190e6 * scale));
  const small = makeFiles(join(root, 'small'), 3000, Math.round(66_000 * scale));
  const paths = [...large.names.map((n) => `large/${n}`), ...small.names.map((n) => `small/${n}`)];
  execFileSync('sh', ['-c', `cat ${root}/large/* ${root}/small/* > /dev/null`]);
  const largeBytes = large.bytes;
  const allBytes = large.bytes + small.bytes;
  const ours = { large: [], all: [] };
  const theirs = { openssl: [], sha256sum: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    await fill(database, paths.slice(0, 20));
    ours.large.push(largeBytes / 1e6 / (await backfill(database, root)).seconds);
    theirs.openssl.push(
      largeBytes / 1e6 / timed(`ls ${root}/large/* | xargs -P${cores} -n1 openssl dgst -sha256`),
    );
    await fill(database, paths);
    ours.all.push(allBytes / 1e6 / (await backfill(database, root)).seconds);
    theirs.sha256sum.push(allBytes / 1e6 / timed(`find ${root} -type f | xargs -P${cores} -n8 sha256sum`));
  }
  line(
    'large files, with the registry',
    best(ours.large),
    'MB/s',
    'xargs openssl dgst',
    best(theirs.openssl),
    0.85,
  );
  line('all files, with the registry', best(ours.all), 'MB/s', 'xargs sha256sum', best(theirs.sha256sum), 2);
  for (const [name, command] of [
    ['rhash', `rhash --sha256 -r ${root}`],
    ['hashdeep', `hashdeep -c sha256 -j${cores} -r ${root}`],
  ]) {
    if (spawnSync('which', [name]).status !== 0) console.log(`${name} is not installed`);
    else line('all files, with the registry', best(ours.all), 'MB/s', name, allBytes / 1e6 / timed(command));
  }
  rmSync(root, { recursive: true });
}

/** SHA-256 with a recorded MD5 in one read, on one thread, next to the slower hash alone. */
async function twoDigests(base) {
  const root = join(base, 'two');
  const { bytes } = makeFiles(root, 1, Math.round(1000e6 * scale));
  execFileSync('sh', ['-c', `cat ${root}/* > /dev/null`]);
  const ours = [];
  const theirs = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const files = await openFiles({ roots: [{ path: root }], threads: 1 });
    const [{ file }] = await files.locate([{ type: null, path: 'f0' }]);
    const started = performance.now();
    const { kind } = await files.hash(file, ['md5']);
    if (kind !== 'hashed') throw new Error(`the file is ${kind}`);
    ours.push(bytes / 1e3 / (performance.now() - started));
    await files.close();
    theirs.push(
      Math.min(...['md5', 'sha256'].map((name) => bytes / 1e6 / timed(`openssl dgst -${name} ${root}/f0`))),
    );
  }
  line(
    'SHA-256 and MD5 in one read, one thread',
    best(ours),
    'MB/s',
    'openssl dgst, the slower',
    best(theirs),
    0.85,
  );
  const alone = ['md5', 'sha256'].map(
    (name) => `${name} ${Math.round(bytes / 1e6 / timed(`openssl dgst -${name} ${root}/f0`))} MB/s`,
  );
  console.log(`  alone, by openssl: ${alone.join(', ')}`);
  rmSync(root, { recursive: true });
}

/** A file of ten times the budget, over as many runs as it takes. */
async function inParts(base) {
  const root = join(base, 'parts');
  const { bytes } = makeFiles(root, 1, Math.round(1000e6 * scale));
  const kept = new Map();
  const store = { get: async (path) => kept.get(path), save: async (read) => void kept.set(read.path, read) };
  let runs = 0;
  let read = 0;
  let ms = 0;
  for (let isFinished = false; !isFinished; runs += 1) {
    const files = await openFiles({ roots: [{ path: root }], threads: 1 });
    const [{ file }] = await files.locate([{ type: null, path: 'f0' }]);
    const parts = new PartReader(files, store, { runId: randomUUID() }, Math.ceil(bytes / 10));
    const started = performance.now();
    const { kind } = await parts.read({ id: '1', type: null }, file, { round: 'first', algorithms: [] });
    ms += performance.now() - started;
    isFinished = kind === 'hashed';
    read += files.bytesRead;
    await files.close();
  }
  const twice = (100 * (read - bytes)) / bytes;
  console.log(`ten times the budget: ${runs} runs (10), ${twice.toFixed(2)} % read twice (at most 1)`);
  console.log(`  a hash whose state can be saved: ${Math.round(read / 1e3 / ms)} MB/s per thread`);
  rmSync(root, { recursive: true });
}

/** The rate is over all threads, files large and small, commits included. */
async function limitedRate(database, base) {
  const root = join(base, 'rated');
  const large = makeFiles(join(root, 'large'), 4, 20e6);
  const small = makeFiles(join(root, 'small'), 2000, 10_000);
  await fill(database, [...large.names.map((n) => `large/${n}`), ...small.names.map((n) => `small/${n}`)]);
  const rate = 20e6;
  const { seconds, summary } = await backfill(database, root, { bytesPerSecond: rate });
  const ratio = summary.bytes_hashed / seconds / rate;
  console.log(`--rate 20MB/s: ${(ratio * 100).toFixed(1)} % of it (95 to 105)`);
  rmSync(root, { recursive: true });
}

async function manyTiny(database, base) {
  const root = join(base, 'tiny');
  const count = Math.round(100_000 * scale);
  const names = [];
  for (let i = 0; i < count; i += 1) {
    const name = `${i % 100}/${i}.txt`;
    if (i < 100) mkdirSync(join(root, String(i)), { recursive: true });
    writeFileSync(join(root, name), `content of ${i}`);
    names.push(name);
  }
  await fill(database, names);
  const { seconds, summary } = await backfill(database, root);
  const { rows } = await database.query('select count(*) as count from salvor.journal where run_id = $1', [
    summary.runId,
  ]);
  console.log(
    `${count} tiny files: ${Math.round(summary.rows_updated / seconds)} journaled rows/s (at least 5000), ${rows[0].count} entries`,
  );
}

async function resume(database, base) {
  const count = Math.round(1_000_000 * scale);
  const root = join(base, 'tiny');
  await database.query('truncate artifacts, salvor.digests');
  await database.query(
    `insert into artifacts select i::text, 'type' || i % 7, i % 100 || '/' || i || '.txt', jsonb_build_object(
       'title', 'artifact ' || i, 'file_sha256', encode(sha256(i::text::bytea), 'hex'), 'file_size_bytes', i,
       'file_sha256_computed_at', '2026-01-01T00:00:00.000Z') from generate_series(1, $1::int) i`,
    [count],
  );
  await database.query(
    `insert into salvor.digests (artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at)
     select id, 'public.artifacts', file_path, $1, 1, now(), metadata ->> 'file_sha256', '2026-01-01' from artifacts`,
    [root],
  );
  await database.query('analyze');
  const { seconds, summary } = await backfill(database, root);
  console.log(
    `${summary.rows_already_done} rows done already: nothing to do after ${seconds.toFixed(2)} s (at most 5), scanned ${summary.rows_scanned}`,
  );
}

function makeFiles(directory, count, bytes) {
  mkdirSync(directory, { recursive: true });
  const content = randomBytes(bytes);
  const names = Array.from({ length: count }, (_, i) => `f${i}`);
  for (const [i, name] of names.entries()) {
    content.writeUInt32LE(i, 0);
    writeFileSync(join(directory, name), content);
  }
  return { names, bytes: count * bytes };
}

async function fill(database, paths) {
  await database.query('truncate artifacts, salvor.digests');
  await database.query(
    `insert into artifacts select o::text, 'type' || o % 7, p, '{"title": "some title"}'
     from unnest($1::text[]) with ordinality as u(p, o)`,
    [paths],
  );
  await database.query('analyze artifacts');
}

/** Everything that the command does between its start and its summary. */
async function backfill(database, root, limits = {}) {
  const started = performance.now();
  const files = await openFiles({ roots: [{ path: root }], ...limits });
  const artifacts = await openArtifacts(database, {
    table: 'artifacts',
    columns: { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' },
  });
  const runId = randomUUID();
  const { summary, exitCode } = await backfillChecksums(
    {
      runId,
      actor: 'bench',
      batchRows: 500,
      commitEveryMs: 5000,
      dryRun: false,
      maxDrift: 0,
      maxErrors: 0,
      wait: false,
      onDrift: 'record',
      stat: false,
    },
    {
      artifacts: artifacts.reader,
      writer: artifacts.writer(),
      writes: true,
      drift: new PostgresDrift(database),
      files,
      clock: systemClock,
      emit: () => undefined,
      signal: new AbortController().signal,
    },
  );
  const seconds = (performance.now() - started) / 1000;
  await files.close();
  if (exitCode !== 0) throw new Error(`the run ended with ${exitCode}: ${JSON.stringify(summary)}`);
  return { seconds, summary: { ...summary, runId } };
}

function timed(command) {
  const started = performance.now();
  execFileSync('sh', ['-c', `${command} > /dev/null`]);
  return (performance.now() - started) / 1000;
}

const best = (values) => Math.max(...values);

function line(what, ours, unit, peer, theirs, wanted) {
  const ratio = (ours / theirs).toFixed(2);
  const target = wanted === undefined ? '' : ` (at least ${wanted})`;
  console.log(
    `${what}: ${Math.round(ours)} ${unit}, ${peer} ${Math.round(theirs)} ${unit}: ${ratio}${target}`,
  );
}

if (import.meta.filename === process.argv[1]) await run();
