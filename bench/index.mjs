// Indexes: building one, compared with `gzip -t`, `tar -tzf`, `pigz -t` and Python's indexed_gzip by CPU time; restoring a
// member by ranged reads from a store with latency, compared with a full stream into `tar -xzO`; finding one of a million
// members. Every program runs in its own process. SALVOR_BENCH_GZ_MB sets the size of the large archive (default 2000).
// SALVOR_BENCH_CHART=1 writes docs/restore.svg.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const self = fileURLToPath(import.meta.url);
const dist = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const MEMBER_BYTES = 100_000;
const BUILD_MB = 300;
const LARGE_MB = Number(process.env.SALVOR_BENCH_GZ_MB ?? 2000);
const LATENCY_MS = 20;
const MILLION = 1_000_000;

/** Text like typical result files (numbers and words), which gzip compresses to about a third. */
function pool(sizeBytes) {
  const bytes = Buffer.alloc(sizeBytes);
  let state = 88172645;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let at = 0; at < sizeBytes; ) {
    const kind = random() % 5;
    const word =
      kind < 2
        ? `sample_${random() % 900}\t`
        : kind < 4
          ? `${(random() % 100000) / 1000},`
          : `chr${random() % 22}:${random()}\n`;
    at += bytes.write(word, at, 'latin1');
  }
  return bytes;
}

function tarHeader(name, size) {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(`0000644\x000000000\x000000000\x00${size.toString(8).padStart(11, '0')}\x0014500000000\0`, 100);
  block.fill(32, 148, 156);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Writes a .tar.gz of 100 kB members with `gzip -6` until it has `targetMb`. */
async function makeArchive(path, targetMb, compressor) {
  const bytes = pool(32 << 20);
  const child = spawn(compressor[0], compressor.slice(1), {
    stdio: ['pipe', openSync(path, 'w'), 'inherit'],
  });
  let count = 0;
  const put = (chunk) =>
    new Promise((resolve) => (child.stdin.write(chunk) ? resolve() : child.stdin.once('drain', resolve)));
  while (statSync(path).size < targetMb * 1e6) {
    for (let i = 0; i < 50; i += 1, count += 1) {
      const from = (count * 7919 * 4099) % (bytes.length - MEMBER_BYTES);
      const content = Buffer.from(bytes.subarray(from, from + MEMBER_BYTES));
      content.write(`member ${count}`, (count * 31) % 1000);
      await put(
        Buffer.concat([
          tarHeader(memberName(count), MEMBER_BYTES),
          content,
          Buffer.alloc((512 - (MEMBER_BYTES % 512)) % 512),
        ]),
      );
    }
  }
  child.stdin.end(Buffer.alloc(1024));
  await new Promise((resolve) => child.once('close', resolve));
  return count;
}

function memberName(i) {
  return `results/run-${String(i % 97).padStart(2, '0')}/table-${String(i).padStart(6, '0')}.csv`;
}

function has(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** CPU seconds of a program with all its threads, the better of two runs. Barely affected by a busy machine. */
function timed(command, args) {
  let best = Number.POSITIVE_INFINITY;
  let stdout = '';
  for (let i = 0; i < 2; i += 1) {
    const run = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', command, ...args], {
      maxBuffer: 1 << 30,
    });
    const times = run.stderr.toString().trim().split('\n').at(-1) ?? '';
    if (run.status !== 0)
      throw new Error(`${command} ${args.join(' ')} ended with ${run.status}: ${run.stderr}`);
    best = Math.min(
      best,
      times.split(' ').reduce((sum, seconds) => sum + Number(seconds), 0),
    );
    stdout = run.stdout.toString();
  }
  return { seconds: best, stdout };
}

const PYTHON_INDEXED = `
import sys, indexed_gzip
with indexed_gzip.IndexedGzipFile(sys.argv[1], spacing=8 << 20) as f:
    f.build_full_index()
    f.export_index(sys.argv[2])
`;

function compareBuild(directory, path) {
  const outputMb = Number(spawnSync('sh', ['-c', `gzip -dc ${path} | wc -c`]).stdout.toString()) / 1e6;
  const rows = [['gzip -t', timed('gzip', ['-t', path]).seconds]];
  rows.push(['tar -tzf', timed('tar', ['-tzf', path]).seconds]);
  if (has('pigz')) rows.push(['pigz -t', timed('pigz', ['-t', path]).seconds]);
  if (spawnSync('/usr/bin/python3', ['-c', 'import indexed_gzip']).status === 0) {
    rows.push([
      'python3-indexed-gzip',
      timed('/usr/bin/python3', ['-c', PYTHON_INDEXED, path, join(directory, 'py.idx')]).seconds,
    ]);
  }
  const built = timed(process.execPath, [self, 'build', path, directory]);
  const facts = JSON.parse(built.stdout);
  rows.push(['salvor listings build', built.seconds]);
  const [, gzipSeconds] = rows[0];
  console.log(
    `${(facts.sizeBytes / 1e6).toFixed(0)} MB of .tar.gz, ${outputMb.toFixed(0)} MB of tar; MB of tar per second of CPU:\n`,
  );
  for (const [name, seconds] of rows) {
    console.log(
      `${name.padEnd(24)}${(outputMb / seconds).toFixed(0).padStart(5)} MB/s   ${(gzipSeconds / seconds).toFixed(2)} of gzip -t`,
    );
  }
  const share = (100 * facts.checkpointBytes) / facts.sizeBytes;
  console.log(
    `\ncheckpoints ${share.toFixed(2)} % of the archive, member table ${(facts.memberTableBytes / facts.members).toFixed(0)} bytes a member; ` +
      `${(facts.maxRssKb / 1000).toFixed(0)} MB of memory at most`,
  );
}

/** Runs in its own process: builds an index with the SHA-256 of every member, and reports the cost. */
async function build(path, directory) {
  const { buildOne } = await dist('jobs/indexing/build/build-one.js');
  const { DirectoryPlacement } = await dist('jobs/indexing/placement.js');
  const { openReader } = await dist('objectstore/open.js');
  const { decodersFor } = await dist('decompress/decode.js');
  const out = mkdtempSync(join(directory, 'out-'));
  const store = openReader(`file://${directory}`);
  const result = await buildOne(
    { store, key: path.slice(directory.length + 1) },
    DirectoryPlacement.in(out, 'a.tar.gz'),
    { spanBytes: 8 << 20, index: true, replace: false, onlyMissing: false, writer: 'bench' },
    { decode: decodersFor(undefined).decode },
  );
  if (result.status !== 'built') throw new Error(JSON.stringify(result));
  console.log(
    JSON.stringify({
      ...result.facts,
      sizeBytes: result.sizeBytes,
      maxRssKb: process.resourceUsage().maxRSS,
      out,
    }),
  );
}

async function serve(directory) {
  const { startS3Server } = await dist('demo/s3/server.js');
  const { directoryCatalog } = await dist('demo/s3/directory-catalog.js');
  const server = await startS3Server({
    buckets: { bench: await directoryCatalog(directory) },
    intercept: async (_call, answer) => {
      await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
      return answer();
    },
  });
  process.send({ endpoint: server.endpoint, credentials: server.credentials });
}

async function compareRestore(directory, archive, count) {
  const child = spawn(process.execPath, [self, 'serve', directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { endpoint, credentials } = await new Promise((resolve) => child.once('message', resolve));
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  try {
    const { openReader } = await dist('objectstore/open.js');
    const store = openReader('s3://bench/', { endpointUrl: endpoint, region: 'us-east-1' });
    const member = memberName(Math.floor(count / 2));
    const stream = await streamed(store, archive, member);
    const ranged = await restored(store, archive, member);
    const again = await restored(store, archive, memberName(Math.floor(count / 3)));
    if (stream.sha256 !== ranged.sha256) throw new Error('the two contents differ');
    const size = (await store.head(archive)).sizeBytes;
    const share = (100 * ranged.bytes) / size;
    console.log(
      `\none member of ${MEMBER_BYTES / 1000} kB from the middle of ${(size / 1e9).toFixed(2)} GB, ${LATENCY_MS} ms a request:\n`,
    );
    console.log(
      `GET into tar -xzO    ${stream.seconds.toFixed(2).padStart(8)} s   ${(size / 1e6).toFixed(1)} MB`,
    );
    console.log(
      `salvor restore       ${ranged.seconds.toFixed(2).padStart(8)} s   ${(ranged.bytes / 1e6).toFixed(1)} MB in ${ranged.requests} requests`,
    );
    console.log(
      `  another member     ${again.seconds.toFixed(2).padStart(8)} s   ${(again.bytes / 1e6).toFixed(1)} MB in ${again.requests} requests`,
    );
    console.log(
      `\n${(stream.seconds / ranged.seconds).toFixed(0)} times as fast, ${share.toFixed(2)} % of the bytes`,
    );
    if (process.env.SALVOR_BENCH_CHART === '1')
      writeChart(stream.seconds, ranged.seconds, size, ranged.bytes);
  } finally {
    child.kill();
  }
}

async function streamed(store, key, member) {
  const began = performance.now();
  const { body } = await store.get(key);
  const child = spawn('tar', ['-xzOf', '-', member], { stdio: ['pipe', 'pipe', 'inherit'] });
  const hash = createHash('sha256');
  child.stdout.on('data', (bytes) => hash.update(bytes));
  const closed = new Promise((resolve) => child.once('close', resolve));
  for await (const bytes of body) {
    if (!child.stdin.write(bytes)) await new Promise((resolve) => child.stdin.once('drain', resolve));
  }
  child.stdin.end();
  await closed;
  return { seconds: (performance.now() - began) / 1000, sha256: hash.digest('hex') };
}

async function restored(store, key, member) {
  const { restore } = await dist('jobs/indexing/restore/restore.js');
  const { decodersFor } = await dist('decompress/decode.js');
  const began = performance.now();
  const summary = await restore(
    { store, key },
    { member, output: '-', stream: false, occurrence: undefined, allowUnverified: false },
    { ...decodersFor(undefined), stdout: async () => {} },
  );
  const seconds = (performance.now() - began) / 1000;
  return { seconds, bytes: summary.bytes_fetched, requests: summary.requests, sha256: summary.sha256 };
}

function compareLookup(directory) {
  const path = join(directory, 'million');
  const made = spawnSync(process.execPath, [self, 'million', path], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (made.status !== 0) throw new Error('the index of a million members could not be made');
  const found = JSON.parse(
    spawnSync(process.execPath, [self, 'lookup', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }).stdout.toString(),
  );
  console.log(
    `\none of ${MILLION.toLocaleString('en')} members: ${found.cpuMs.toFixed(0)} ms of CPU, ${(found.bytes / 1e6).toFixed(2)} MB in ${found.reads} reads ` +
      `(the index has ${(statSync(path).size / 1e6).toFixed(0)} MB)`,
  );
}

async function million(path) {
  const { IndexWriter } = await dist('archive/index/writer.js');
  const { encodeDetails, memberKey } = await dist('archive/index/member.js');
  const { ByteWriter } = await dist('archive/index/bytes.js');
  const file = openSync(path, 'w');
  const writer = new IndexWriter((bytes) => writeSync(file, bytes));
  const names = Array.from(
    { length: MILLION },
    (_, i) => `results/run-${String(i % 977).padStart(3, '0')}/table-${String(i).padStart(7, '0')}.csv`,
  ).sort();
  writer.expectMembers(names.length * 110);
  const entries = names.map((name, i) => {
    const details = new ByteWriter();
    encodeDetails(
      details,
      {
        name,
        kind: 'file',
        sizeBytes: 1000 + i,
        storedBytes: 1000 + i,
        mtimeSeconds: 1_700_000_000 + i,
        mtimeNanoseconds: 0,
        sparse: false,
        linkName: '',
        headerAt: i * 2048,
        dataAt: i * 2048 + 512,
      },
      createHash('sha256').update(name).digest(),
    );
    return writer.addMember(memberKey(name), details.view());
  });
  writer.addDigests(entries.sort(Buffer.compare), entries.length);
  writer.finish({
    archive: 'a.tar',
    sizeBytes: 1,
    etag: undefined,
    etagOf: undefined,
    sha256: '',
    access: 'plain',
    compression: 'none',
    uncompressedBytes: 3e9,
    spanBytes: 1,
    writer: 'bench',
  });
}

async function lookup(path) {
  const { IndexReader } = await dist('archive/index/reader.js');
  const { open } = await import('node:fs/promises');
  const file = await open(path);
  let bytes = 0;
  let reads = 0;
  const before = process.cpuUsage();
  const reader = await IndexReader.open(statSync(path).size, async (start, end) => {
    reads += 1;
    bytes += end - start;
    return (await file.read(Buffer.alloc(end - start), 0, end - start, start)).buffer;
  });
  const found = await reader.find(`results/run-${500_701 % 977}/table-0500701.csv`);
  const used = process.cpuUsage(before);
  if (found.length !== 1) throw new Error('not found');
  console.log(JSON.stringify({ cpuMs: (used.user + used.system) / 1000, bytes, reads }));
  await file.close();
}

/** Two pairs of bars on a logarithmic scale, readable on light and dark. */
function writeChart(streamSeconds, rangedSeconds, streamBytes, rangedBytes) {
  const bar = (y, value, least, most, label, color) => {
    const width = Math.max(4, (480 * Math.log10(value / least)) / Math.log10(most / least));
    return `<rect x="150" y="${y}" width="${width.toFixed(0)}" height="22" rx="3" fill="${color}"/><text x="${(158 + width).toFixed(0)}" y="${y + 16}">${label}</text>`;
  };
  const mb = (bytes) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 200" width="760" height="200" font-family="system-ui, sans-serif" font-size="14" role="img" aria-label="Restoring one member: streaming against ranged reads">
<style>text{fill:#24292f}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}</style>
<text x="10" y="22" font-weight="600">One 100 kB member out of a ${mb(streamBytes)} .tar.gz, ${LATENCY_MS} ms a request (logarithmic)</text>
<text x="10" y="58">stream, time</text>${bar(42, streamSeconds, 0.02, streamSeconds, `${streamSeconds.toFixed(1)} s`, '#b35900')}
<text x="10" y="88">salvor, time</text>${bar(72, rangedSeconds, 0.02, streamSeconds, `${rangedSeconds.toFixed(2)} s`, '#1a7f64')}
<text x="10" y="138">stream, bytes</text>${bar(122, streamBytes, 1e5, streamBytes, mb(streamBytes), '#b35900')}
<text x="10" y="168">salvor, bytes</text>${bar(152, rangedBytes, 1e5, streamBytes, mb(rangedBytes), '#1a7f64')}
</svg>
`;
  writeFileSync(join(root, 'docs/restore.svg'), svg);
}

export async function run() {
  const directory = mkdtempSync(join(process.env.SALVOR_BENCH_DIR ?? tmpdir(), 'salvor-bench-index-'));
  try {
    const path = join(directory, 'build.tar.gz');
    await makeArchive(path, BUILD_MB, ['gzip', '-6']);
    compareBuild(directory, path);
    rmSync(path);
    const bucket = join(directory, 'bucket');
    mkdirSync(bucket);
    const large = join(bucket, 'large.tar.gz');
    const count = await makeArchive(large, LARGE_MB, has('pigz') ? ['pigz', '-1', '-i'] : ['gzip', '-1']);
    const built = spawnSync(process.execPath, [self, 'build', large, bucket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { indexPath, out } = JSON.parse(built.stdout.toString());
    if (existsSync(indexPath)) throw new Error('a draft was left behind');
    writeFileSync(`${large}.salvor-index`, await read(join(out, 'a.tar.gz.salvor-index')));
    await compareRestore(bucket, 'large.tar.gz', count);
    compareLookup(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function read(path) {
  const parts = [];
  for await (const bytes of createReadStream(path)) parts.push(bytes);
  return Buffer.concat(parts);
}

const [role, first, second] = process.argv.slice(2);
if (process.argv[1] === self) {
  if (role === 'build') await build(first, second);
  else if (role === 'serve') await serve(first);
  else if (role === 'million') await million(first);
  else if (role === 'lookup') await lookup(first);
  else await run();
}
