// The cost of a whole recovery: missing rows against the same number of files, git blobs and listings. Not compared: no
// other program does this job. BENCH_RECOVERY_ROWS=10000 makes it smaller, BENCH_RECOVERY_SHARED sets the number of rows
// with one generic name, BENCH_RECOVERY_COMMANDS=plan,report skips the slow commands.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openRegistry } from '../dist/registry/registry.js';

const ROWS = Number(process.env.BENCH_RECOVERY_ROWS ?? 100_000);
const SHARED = Number(process.env.BENCH_RECOVERY_SHARED ?? 2000);
const CLI = join(import.meta.dirname, '../dist/cli/main.js');
/** A bind takes one transaction and one fsync per file, so at full size the disk is the bottleneck. */
const COMMANDS = (process.env.BENCH_RECOVERY_COMMANDS ?? 'plan,apply,report,review').split(',');
const LINES_PER_LISTING = 1000;

export async function run() {
  console.log(`${ROWS} rows: a third in ${ROWS} files, a third in ${ROWS} blobs, a tenth in listings`);
  await inWorld(ROWS, distinct, ROWS / 50, COMMANDS);
  console.log(`\n${SHARED} rows without a path and ${SHARED} files, all called v1/metrics.json`);
  await inWorld(SHARED, shared, 0, ['plan', 'review']);
}

async function inWorld(count, fill, listings, commands) {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-recovery-scale-'));
  const registry = await openRegistry(`embedded:${join(base, 'pg')}`);
  try {
    await prepare(base, registry.database, { count, fill, listings });
    for (const command of commands) measure(base, command);
    console.log(`plan file: ${(statSync(join(base, '.salvor/plan.json')).size / 1e6).toFixed(0)} MB`);
  } finally {
    await registry.close();
    rmSync(base, { recursive: true, force: true });
  }
}

/** The world of `run`, at any size. Returns the configuration. */
export async function manyRowsWorld(base, database, count) {
  return { config: await prepare(base, database, { count, fill: distinct, listings: count / 50 }) };
}

async function prepare(base, database, { count, fill, listings }) {
  for (const name of ['root', 'work', 'repo', 'store/h']) mkdirSync(join(base, name), { recursive: true });
  writeFileSync(join(base, 'root/README'), '');
  await database.query(`create table artifacts (id text primary key, artifact_type text, file_path text,
    metadata jsonb, title text)`);
  await fill(base, count, database);
  if (listings > 0) writeListings(base, count, Math.max(1, Math.round(listings)));
  const sources = [{ directory: join(base, 'work') }, { git: join(base, 'repo') }];
  if (listings > 0) sources.push({ archives: `file://${join(base, 'store')}/` });
  const config = {
    registry: { url: `embedded:${join(base, 'pg')}` },
    roots: [{ path: join(base, 'root') }],
    recovery: { sources, types: { dataset: { directories: ['datasets'], extensions: ['.csv'] } } },
  };
  const file = join(base, 'salvor.yaml');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Files of 40 bytes: the cost is in their number. */
async function distinct(base, count, database) {
  const path = (i) => `datasets/d${i % 500}/cohort_${(i * 7919).toString(36)}_${i}.csv`;
  for (let i = 0; i < Math.min(500, count); i += 1)
    mkdirSync(join(base, `work/datasets/d${i}`), { recursive: true });
  for (let i = 0; i < count; i += 1) {
    const name = i % 3 === 0 ? path(i) : path(i + count);
    writeFileSync(join(base, 'work', name), `gene,value\n${i},1\n`);
  }
  const stream = ['commit refs/heads/main\ncommitter t <t@e> 1700000000 +0000\ndata 1\nc\n'];
  for (let i = 0; i < count; i += 1) {
    const content = `gene,value\n${i},2\n`;
    const name = i % 3 === 1 ? path(i) : path(i + 2 * count);
    stream.push(`M 100644 inline ${name}\ndata ${content.length}\n${content}\n`);
  }
  git(base, ['init', '-q', '-b', 'main', join(base, 'repo')]);
  git(base, ['-C', join(base, 'repo'), 'fast-import', '--quiet'], stream.join(''));
  await insert(
    database,
    Array.from({ length: count }, (_, i) => ({ id: `a${i}`, path: path(i), metadata: null })),
  );
}

async function shared(base, count, database) {
  git(base, ['init', '-q', '-b', 'main', join(base, 'repo')]);
  git(base, [
    '-C',
    join(base, 'repo'),
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@e',
    'commit',
    '-q',
    '--allow-empty',
    '-m',
    'c',
  ]);
  for (let i = 0; i < count; i += 1) {
    mkdirSync(join(base, `work/run${i}/v1`), { recursive: true });
    writeFileSync(join(base, `work/run${i}/v1/metrics.json`), JSON.stringify({ i }));
  }
  const rows = Array.from({ length: count }, (_, i) => ({
    id: `m${i}`,
    path: null,
    metadata: JSON.stringify({ filename: 'v1/metrics.json' }),
  }));
  await insert(database, rows);
}

async function insert(database, rows) {
  for (let at = 0; at < rows.length; at += 10_000) {
    const batch = rows.slice(at, at + 10_000);
    await database.query(
      `insert into artifacts (id, artifact_type, file_path, metadata)
       select i.id, 'dataset', i.path, i.metadata::jsonb from unnest($1::text[], $2::text[], $3::text[]) as i(id, path, metadata)`,
      [batch.map((row) => row.id), batch.map((row) => row.path), batch.map((row) => row.metadata)],
    );
  }
}

/** Archives whose listings name every tenth row once. Of the other names, only the listings know. */
function writeListings(base, rows, count) {
  for (let i = 0; i < count; i += 1) {
    const file = join(base, `store/h/series${i}-2026-04-20.tar.gz`);
    const members = [];
    const lines = Array.from({ length: LINES_PER_LISTING }, (_, j) => {
      const row = (i * LINES_PER_LISTING + j) * 10 + 2;
      const isRow = row % 3 === 2 && row < rows;
      const name = isRow
        ? `datasets/d${row % 500}/cohort_${(row * 7919).toString(36)}_${row}.csv`
        : `other/x${j}/y_${i}_${j}.csv`;
      const content = `gene,value\n${row},3\n`;
      if (isRow) members.push(member(`./${name}`, content));
      return `-rw-r--r-- a/b ${content.length} 2026-04-20 03:11 ./${name}`;
    });
    writeFileSync(file, gzipSync(Buffer.concat([...members, Buffer.alloc(1024)])));
    writeFileSync(`${file}.list.txt`, `${lines.join('\n')}\n`);
  }
}

/** A regular file in a tar (POSIX, "ustar Interchange Format"). */
function member(name, content) {
  const header = Buffer.alloc(512);
  const put = (text, at) => header.write(text, at, 'latin1');
  put(name, 0);
  put('0000644\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  put(
    `${Math.floor(Date.UTC(2026, 3, 20, 3, 11) / 1000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
  );
  put('        0', 148);
  put('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

function git(base, args, input) {
  const result = spawnSync('git', args, { cwd: base, input, maxBuffer: 1 << 30 });
  if (result.status !== 0) throw new Error(`git ${args[2]}: ${result.stderr}`);
}

const REPORT_USAGE =
  "data:text/javascript,process.on('exit', () => process._rawDebug('usage ' + JSON.stringify(process.resourceUsage())))";

function measure(base, command) {
  const more = command === 'plan' ? ['--archives', 'all'] : [];
  const started = performance.now();
  const args = ['--import', REPORT_USAGE, CLI, 'recovery', command, ...more, '--json'];
  const result = spawnSync(process.execPath, args, { cwd: base, maxBuffer: 1 << 30, encoding: 'utf8' });
  const seconds = (performance.now() - started) / 1000;
  const line = /^usage (.*)$/m.exec(result.stderr)?.[1];
  if (line === undefined)
    throw new Error(`recovery ${command}: ${result.status} ${result.signal} ${result.stderr.slice(-2000)}`);
  const usage = JSON.parse(line);
  const cpu = (usage.userCPUTime + usage.systemCPUTime) / 1e6;
  console.log(
    `${command.padEnd(7)} exit ${result.status}, ${seconds.toFixed(1)} s, CPU ${cpu.toFixed(1)} s, ${(usage.maxRSS / 1000).toFixed(0)} MB resident`,
  );
  const summary = result.stdout.slice(0, 400);
  if (process.env.BENCH_VERBOSE !== undefined) console.log(summary, result.stderr.slice(-500));
}
