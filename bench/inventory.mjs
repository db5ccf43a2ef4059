// Verifying a bucket of two million keys from its S3 Inventory: time, CPU and memory of the whole command, compared with
// listing the same bucket and with the bare anti-join in DuckDB. A local S3 server in its own process serves inventory and
// bucket. SALVOR_BENCH_KEYS sets the number of keys.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const self = fileURLToPath(import.meta.url);
const dist = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const KEYS = Number(process.env.SALVOR_BENCH_KEYS ?? 2_000_000);
const FILES = 4;
const MADE_MS = Date.now() - 3_600_000;

/** Half archives, half listings, with dated names, for forty hosts. */
function keyAt(index) {
  const perHost = Math.ceil(KEYS / 40);
  const number = (index % perHost) >> 1;
  const host = String(Math.floor(index / perHost)).padStart(2, '0');
  const date = new Date(Date.UTC(1970, 0, 1) + Math.floor(number / 4) * 86_400_000)
    .toISOString()
    .slice(0, 10);
  return `backups/host-${host}/artifacts-${date}T0${number % 4}.tar.gz${index % 2 === 0 ? '' : '.list.txt'}`;
}

const COLUMNS = {
  Parquet:
    "'bench' AS bucket, key, size, make_timestamptz(ms * 1000) AS last_modified_date, md5(key) AS e_tag",
  CSV: "'bench', replace(url_encode(key), '%2F', '/'), size, strftime(make_timestamp(ms * 1000), '%Y-%m-%dT%H:%M:%S.%gZ'), md5(key)",
};
const SCHEMA = {
  Parquet:
    'message s3.inventory { required binary bucket (STRING); required binary key (STRING); optional int64 size; optional int64 last_modified_date (TIMESTAMP(MILLIS,true)); optional binary e_tag (STRING); }',
  CSV: 'Bucket, Key, Size, LastModifiedDate, ETag',
};
const WRITE = {
  Parquet: ['parquet', 'FORMAT parquet, COMPRESSION zstd'],
  CSV: ['csv.gz', 'FORMAT csv, HEADER false, FORCE_QUOTE *, COMPRESSION gzip'],
};

/** Runs in its own process: writes two inventories of the same keys, shuffled as S3 delivers them. */
async function make(directory) {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run('CREATE TABLE keys (key VARCHAR)');
  const appender = await connection.createAppender('keys');
  for (let i = 0; i < KEYS; i += 1) {
    appender.appendVarchar(keyAt(i));
    appender.endRow();
  }
  appender.closeSync();
  const dated = `SELECT key, 1024 AS size, ${MADE_MS - 7 * 86_400_000} AS ms FROM keys`;
  for (const format of ['Parquet', 'CSV']) {
    const [extension, how] = WRITE[format];
    const files = [];
    for (let i = 0; i < FILES; i += 1) {
      const key = `${format}/data/${i}.${extension}`;
      mkdirSync(dirname(join(directory, key)), { recursive: true });
      const some = `SELECT ${COLUMNS[format]} FROM (${dated}) WHERE hash(key) % ${FILES} = ${i} ORDER BY hash(key)`;
      await connection.run(`COPY (${some}) TO '${join(directory, key)}' (${how})`);
      const content = readFileSync(join(directory, key));
      files.push({ key, size: content.length, MD5checksum: createHash('md5').update(content).digest('hex') });
    }
    const about = {
      sourceBucket: 'bench',
      destinationBucket: 'arn:aws:s3:::inventory',
      version: '2016-11-30',
    };
    const manifest = {
      ...about,
      creationTimestamp: String(MADE_MS),
      fileFormat: format,
      fileSchema: SCHEMA[format],
    };
    const text = JSON.stringify({ ...manifest, files });
    mkdirSync(join(directory, format, 'now'));
    writeFileSync(join(directory, format, 'now/manifest.json'), text);
    writeFileSync(
      join(directory, format, 'now/manifest.checksum'),
      createHash('md5').update(text).digest('hex'),
    );
  }
}

async function serve(directory) {
  const { startS3Server } = await dist('demo/s3/server.js');
  const { syntheticCatalog } = await dist('demo/s3/catalog.js');
  const { directoryCatalog } = await dist('demo/s3/directory-catalog.js');
  const keys = Array.from({ length: KEYS }, (_, index) => keyAt(index));
  const bench = syntheticCatalog(KEYS, (index) => keys[index], { lastModifiedMs: MADE_MS - 7 * 86_400_000 });
  const server = await startS3Server({ buckets: { bench, inventory: await directoryCatalog(directory) } });
  process.send({ endpoint: server.endpoint, credentials: server.credentials });
}

/** Measures the whole command from start to exit. */
function verify(env, ...flags) {
  const tell =
    "process.on('exit', () => process._rawDebug('usage ' + JSON.stringify(process.resourceUsage())))";
  const main = join(root, 'dist/cli/main.js');
  const args = ['listings', 'verify', 's3://bench/backups/', '--no-registry', '--json', ...flags];
  const began = performance.now();
  const run = spawnSync(process.execPath, [`--import=data:text/javascript,${tell}`, main, ...args], { env });
  const seconds = (performance.now() - began) / 1000;
  const { summary, error } = JSON.parse(run.stdout);
  if (run.status !== 0 || summary.keys_scanned !== KEYS) throw new Error(JSON.stringify(error ?? summary));
  const usage = JSON.parse(/^usage (.*)$/m.exec(run.stderr)[1]);
  return { seconds, ...costOf(usage) };
}

function costOf(usage) {
  return { cpu: (usage.userCPUTime + usage.systemCPUTime) / 1e6, mb: usage.maxRSS / 1000 };
}

/** Runs in its own process: DuckDB alone finds the archives without a listing, and checks nothing else. */
async function antiJoin(directory) {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const keys = `SELECT key FROM '${directory}/Parquet/data/*.parquet'`;
  await connection.run(
    `SELECT a.key FROM (${keys} WHERE key LIKE '%.tar.gz') a ANTI JOIN (${keys}) l ON l.key = a.key || '.list.txt'`,
  );
  console.log(JSON.stringify(process.resourceUsage()));
}

function timeAntiJoin(directory) {
  const began = performance.now();
  const run = spawnSync(process.execPath, [self, 'anti-join', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { seconds: (performance.now() - began) / 1000, ...costOf(JSON.parse(run.stdout)) };
}

const better = (one, other) => (one.cpu <= other.cpu ? one : other);
const twice = (measure) => better(measure(), measure());

export async function run() {
  const directory = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  const made = spawnSync(process.execPath, [self, 'make', directory], { stdio: 'inherit' });
  if (made.status !== 0) throw new Error('the inventories could not be made');
  const child = spawn(process.execPath, [self, 'serve', directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const { endpoint, credentials } = await new Promise((resolve) => child.once('message', resolve));
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const inventory = (format) => verify(env, '--inventory', `s3://inventory/${format}/now/manifest.json`);
    console.log(
      `${KEYS.toLocaleString('en')} keys, half of them archives; the better of two runs by CPU time:\n`,
    );
    const rows = [
      ['by inventory, Parquet', twice(() => inventory('Parquet'))],
      ['by inventory, CSV.gz', twice(() => inventory('CSV'))],
      ['by listing', twice(() => verify(env))],
      ['anti-join in DuckDB', twice(() => timeAntiJoin(directory))],
    ];
    for (const [name, { seconds, cpu, mb }] of rows) {
      console.log(
        `${name.padEnd(24)}${seconds.toFixed(1).padStart(6)} s${cpu.toFixed(1).padStart(8)} s of CPU${mb.toFixed(0).padStart(7)} MB`,
      );
    }
    const size = (format) => sizeOf(directory, format) / 1e6;
    console.log(
      `\ndata files: ${size('Parquet').toFixed(0)} MB of Parquet, ${size('CSV').toFixed(0)} MB of CSV.gz`,
    );
  } finally {
    child.kill();
    rmSync(directory, { recursive: true });
  }
}

function sizeOf(directory, format) {
  const [extension] = WRITE[format];
  const paths = Array.from({ length: FILES }, (_, i) => join(directory, format, 'data', `${i}.${extension}`));
  return paths.reduce((sum, path) => sum + statSync(path).size, 0);
}

if (process.argv[1] === self) {
  const [, , command, directory] = process.argv;
  if (command === 'make') await make(directory);
  else if (command === 'serve') await serve(directory);
  else if (command === 'anti-join') await antiJoin(directory);
  else await run();
}
