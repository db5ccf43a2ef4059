// An installation like the one in contrib/scidex, at full size: 7,989 rows of 7 types, 1,924 archives with listings, 145
// missing files of three types. Prints the cost of each command, and fails if a row was bound to the wrong file or got the
// wrong result. Not compared: there are no peers.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openRegistry } from '../dist/registry/registry.js';

const ROWS = Number(process.env.BENCH_SCIDEX_ROWS ?? 7989);
const ARCHIVES = Number(process.env.BENCH_SCIDEX_ARCHIVES ?? 1924);
const MISSING = Number(process.env.BENCH_SCIDEX_MISSING ?? 145);
const CLI = join(import.meta.dirname, '../dist/cli/main.js');

const TYPES = [
  ['dataset', 'datasets', '.csv'],
  ['model', 'models', '.safetensors'],
  ['tabular_dataset', 'datasets/tabular', '.csv'],
  ['figure', 'figures', '.svg'],
  ['notebook', 'notebooks', '.ipynb'],
  ['paper', 'papers', '.txt'],
  ['analysis', 'analyses', '.json'],
];
const PREFIX = 'data/scidex-artifacts/';
const HOSTS = 12;

/** Where a missing file still exists, and the result that a plan must have for it. */
const PLACES = ['worktree', 'history', 'archive', 'older', 'nowhere'];
const WANTED = {
  worktree: 'bound',
  history: 'bound',
  archive: 'bound',
  older: 'residual',
  nowhere: 'residual',
};

export async function run() {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-scidex-'));
  const registry = await openRegistry(`embedded:${join(base, 'pg')}`);
  try {
    const rows = plantRows(base);
    await registry.database.query('create schema scidex');
    await registry.database.query(`create table scidex.artifacts (id text primary key, artifact_type text,
      file_path text, metadata jsonb, title text, content_hash text)`);
    await registry.database.query(
      `insert into scidex.artifacts (id, artifact_type, file_path, metadata)
       select i.id, i.type, i.path, i.metadata::jsonb
       from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as i(id, type, path, metadata)`,
      ['id', 'type', 'path', 'metadata'].map((key) => rows.map((row) => row[key])),
    );
    plantArchives(base, rows);
    configure(base);
    console.log(`${ROWS} rows of ${TYPES.length} types, ${ARCHIVES} archives, ${MISSING} missing files`);
    for (const args of [
      ['init'],
      ['listings', 'verify'],
      ['checksums', 'backfill'],
      ['recovery', 'plan'],
      ['recovery', 'apply'],
      ['recovery', 'review'],
      ['recovery', 'report'],
    ])
      measure(base, args);
    await compare(base, registry.database, rows);
  } finally {
    await registry.close();
    rmSync(base, { recursive: true, force: true });
  }
}

/** One in a hundred files of the first three types is missing; half of the paths are relative to the repository. */
function plantRows(base) {
  const root = join(base, 'root');
  const repository = join(base, 'repo');
  git(base, 'init', '-q', '-b', 'main', repository);
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const [type, directory, extension] = TYPES[i % TYPES.length];
    const name = `${directory}/quest_${i % 97}/${type}_${(i * 7919).toString(36)}_${i}${extension}`;
    const path = i % 2 === 0 ? name : `${PREFIX}${name}`;
    return { id: `art-${i}`, type, name, path, metadata: '{}', content: contentOf(extension, i) };
  });
  const missing = rows.filter((_, i) => i % TYPES.length < 3).slice(0, MISSING);
  for (const [i, row] of missing.entries()) row.place = PLACES[i % PLACES.length];
  for (const row of rows) if (row.place === undefined) write(join(root, row.name), row.content);
  write(join(root, '.git/HEAD'), 'ref: refs/heads/main\n');
  for (const row of missing) {
    if (row.place === 'worktree') write(join(base, 'worktrees/quest', PREFIX, row.name), row.content);
    if (row.place === 'history') write(join(repository, row.name), row.content);
  }
  write(join(repository, 'README'), 'artifacts');
  git(repository, 'add', '-A');
  git(repository, 'commit', '-q', '-m', 'all');
  for (const row of missing) if (row.place === 'history') rmSync(join(repository, row.name));
  git(repository, 'add', '-A');
  git(repository, 'commit', '-q', '-m', 'gone');
  return rows;
}

function contentOf(extension, i) {
  if (extension === '.csv') return `gene,tissue,value\nG${i},liver,${i}\n`;
  if (extension !== '.safetensors') return `{"of": ${i}}\n`;
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'U8', shape: [4], data_offsets: [0, 4] } }));
  const size = Buffer.alloc(8);
  size.writeUInt32LE(header.length);
  return Buffer.concat([size, header, Buffer.from([i & 255, (i >> 8) & 255, 1, 2])]);
}

/** Daily archives of each host, newest first. Only the newest two of each series are searched. */
function plantArchives(base, rows) {
  const store = join(base, 'store');
  const make = (name, wanted) => {
    const directory = join(base, `tree-${name}`);
    write(join(directory, 'etc/hostname'), name);
    for (const row of wanted) write(join(directory, PREFIX, row.name), row.content);
    const file = join(base, `${name}.tar.gz`);
    const made = spawnSync('tar', ['-czf', file, '-C', directory, '.']);
    if (made.status !== 0) throw new Error(String(made.stderr));
    writeFileSync(
      `${file}.list.txt`,
      spawnSync('tar', ['-tvzf', file], { env: { ...process.env, LC_ALL: 'C' } }).stdout,
    );
    return file;
  };
  const files = {
    newest: make(
      'newest',
      rows.filter(({ place }) => place === undefined || place === 'archive').slice(0, 3000),
    ),
    older: make(
      'older',
      rows.filter(({ place }) => place === 'older'),
    ),
    other: make('other', []),
  };
  for (const row of rows)
    if (row.place === 'archive' && !inListing(files.newest, row)) throw new Error(row.id);
  for (let i = 0; i < ARCHIVES; i += 1) {
    const [host, day] = [i % HOSTS, Math.floor(i / HOSTS)];
    const date = new Date(Date.now() - day * 86_400_000 - 3_600_000 * 3);
    const key = join(store, `host${host}`, `artifacts-${date.toISOString().slice(0, 10)}.tar.gz`);
    const file = host > 0 ? files.other : day === 0 ? files.newest : day === 2 ? files.older : files.other;
    mkdirSync(dirname(key), { recursive: true });
    for (const suffix of ['', '.list.txt']) {
      // Links share their times with the file, so a different time needs a copy.
      if (host === 0 && day < 3) writeFileSync(key + suffix, readFileSync(file + suffix));
      else linkSync(file + suffix, key + suffix);
    }
    if (host === 0 && day < 3) for (const suffix of ['', '.list.txt']) utimesSync(key + suffix, date, date);
  }
}

function inListing(file, row) {
  return readFileSync(`${file}.list.txt`, 'utf8').includes(row.name);
}

function configure(base) {
  const config = {
    registry: { url: `embedded:${join(base, 'pg')}`, table: 'scidex.artifacts', guard: ['content_hash'] },
    roots: [{ path: join(base, 'root'), sentinel: '.git', strip: PREFIX }],
    backups: [{ url: `file://${join(base, 'store')}/`, max_missing: 0, min_size: 1 }],
    recovery: {
      destination: join(base, 'root'),
      archives: 2,
      sources: [
        { directory: join(base, 'worktrees/*/data/scidex-artifacts') },
        { git: join(base, 'repo') },
        { archives: `file://${join(base, 'store')}/` },
      ],
      types: Object.fromEntries(
        TYPES.slice(0, 3).map(([type, directory, extension]) => [
          type,
          { directories: [directory], extensions: [extension] },
        ]),
      ),
    },
  };
  writeFileSync(join(base, 'salvor.yaml'), JSON.stringify(config), { mode: 0o600 });
}

/** Checks every missing row: bound to its own file, or residual for the right reason. */
async function compare(base, database, rows) {
  const applied = JSON.parse(readFileSync(join(base, '.salvor/plan.json.applied'), 'utf8'));
  const planned = new Map(applied.rows.map((row) => [row.id, row]));
  const { rows: stored } = await database.query('select id, file_path, metadata from scidex.artifacts');
  const now = new Map(stored.map((row) => [row.id, row]));
  const wrong = rows
    .filter(({ place }) => place !== undefined)
    .flatMap((row) => {
      const { status, failure_mode: reason } = planned.get(row.id) ?? {};
      if (status !== WANTED[row.place]) return [`${row.id} (${row.place}): ${status}`];
      if (row.place === 'older' && !reason.includes('--archives 3')) return [`${row.id}: ${reason}`];
      if (status !== 'bound') return [];
      const digest = createHash('sha256')
        .update(readFileSync(join(base, 'root', row.name)))
        .digest('hex');
      const own = createHash('sha256').update(row.content).digest('hex');
      return digest === own && now.get(row.id).metadata.file_sha256 === own
        ? []
        : [`${row.id}: another content`];
    });
  const waiting = applied.rows.filter((row) => row.status === 'needs_review').length;
  console.log(`${planned.size} rows planned, ${waiting} for review, ${wrong.length} wrong answers`);
  if (wrong.length > 0) throw new Error(wrong.slice(0, 10).join('\n'));
}

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function git(cwd, ...args) {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  const result = spawnSync('git', [...identity, ...args], { cwd });
  if (result.status !== 0) throw new Error(`git ${args[0]}: ${result.stderr}`);
}

const REPORT_USAGE =
  "data:text/javascript,process.on('exit', () => process._rawDebug('usage ' + JSON.stringify(process.resourceUsage())))";

function measure(base, args) {
  const started = performance.now();
  const result = spawnSync(process.execPath, ['--import', REPORT_USAGE, CLI, ...args, '--json'], {
    cwd: base,
    maxBuffer: 1 << 30,
    encoding: 'utf8',
  });
  const line = /^usage (.*)$/m.exec(result.stderr)?.[1];
  if (line === undefined || result.status === null || result.status === 2)
    throw new Error(`${args.join(' ')}: ${result.status} ${result.stderr.slice(-2000)}`);
  const usage = JSON.parse(line);
  const cpu = (usage.userCPUTime + usage.systemCPUTime) / 1e6;
  console.log(
    `${args.join(' ').padEnd(20)} exit ${result.status}, ${((performance.now() - started) / 1000).toFixed(1)} s, CPU ${cpu.toFixed(1)} s, ${(usage.maxRSS / 1000).toFixed(0)} MB resident`,
  );
}
