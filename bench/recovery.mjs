// Searching listings, compared with rg and grep; extracting members from a .tar.gz, compared with tar.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LINES = Number(process.env.BENCH_LISTING_LINES ?? 100_000_000);
const ARCHIVE_BYTES = Number(process.env.BENCH_ARCHIVE_BYTES ?? 2_000_000_000);
const LINES_PER_FILE = 5_000_000;
const NAMES = 150;

export async function run() {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-recovery-'));
  try {
    await listings(base);
    await members(base);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

/** Listings like tar output. All names are links to one file, so that every program reads from the page cache. */
function writeListings(base) {
  const words = [
    'data',
    'results',
    'analysis',
    'figure',
    'model',
    'gene',
    'brain',
    'sample',
    'run',
    'matrix',
    'cluster',
    'notebook',
  ];
  const next = random(1);
  const word = () => words[Math.floor(next() * words.length)];
  const file = join(base, 'listing-0.txt');
  const fd = openSync(file, 'w');
  for (let at = 0; at < LINES_PER_FILE; at += 10_000) {
    let text = '';
    for (let i = 0; i < 10_000; i += 1) {
      const size = String(Math.floor(next() * 1e7)).padStart(9);
      text += `-rw-r--r-- scidex/scidex ${size} 2026-04-1${Math.floor(next() * 9)} 03:1${Math.floor(next() * 9)} data/artifacts/${word()}s/${word()}-${Math.floor(next() * 1e9).toString(16)}/${word()}_${word()}_${at + i}.csv\n`;
    }
    writeSync(fd, text);
  }
  writeSync(
    fd,
    '-rw-r--r-- scidex/scidex 17 2026-04-19 03:11 data/artifacts/datasets/planted_for_the_search.csv\n',
  );
  closeSync(fd);
  const count = Math.max(1, Math.round(LINES / LINES_PER_FILE));
  const files = [file];
  for (let i = 1; i < count; i += 1) {
    files.push(join(base, `listing-${i}.txt`));
    linkSync(file, files[i]);
  }
  return files;
}

function names() {
  const words = [
    'gtex',
    'tcga',
    'expression',
    'proteins',
    'deg',
    'ukb',
    'survival',
    'counts',
    'embeddings',
    'allen',
    'spatial',
    'qtl',
  ];
  const extensions = ['.csv', '.parquet', '.pkl', '.joblib', '.tsv'];
  const next = random(7);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const found = new Set(['planted_for_the_search.csv']);
  while (found.size < NAMES)
    found.add(`${pick(words)}_${pick(words)}_${Math.floor(next() * 1000)}${pick(extensions)}`);
  return [...found];
}

async function listings(base) {
  const { Needles } = await import('../dist/archive/listing/needles.js');
  const { ListingSearch } = await import('../dist/archive/listing/search.js');
  const { NameMatcher } = await import('../dist/jobs/recovery/evidence/matcher.js');
  const files = writeListings(base);
  const bytes = files.length * statSync(files[0]).size;
  const wanted = names();
  const patterns = join(base, 'names.txt');
  writeSync(openSync(patterns, 'w'), `${wanted.join('\n')}\n`);
  console.log(`${files.length * LINES_PER_FILE} lines, ${(bytes / 1e9).toFixed(1)} GB, ${NAMES} names`);
  const matcher = new NameMatcher(
    wanted.map((name) => ({ id: name, basenames: [name], anchored: null, paths: [] })),
  );
  const needles = new Needles(matcher.needles);
  const buffer = Buffer.alloc(1 << 20);
  let hits = 0;
  let lines = 0;
  const started = performance.now();
  for (const file of files) {
    const search = new ListingSearch(needles, {
      entry: ({ name }) => {
        if (matcher.wants(name)) hits += 1;
      },
    });
    const fd = openSync(file, 'r');
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) search.push(buffer.subarray(0, n));
    closeSync(fd);
    lines += search.end().lines;
  }
  const ours = performance.now() - started;
  if (hits !== files.length) throw new Error(`${hits} of ${files.length} planted names were found`);
  const memory = process.memoryUsage().rss / 1e6;
  console.log(
    `salvor: ${(ours / 1000).toFixed(2)} s, ${hits} hits, ${lines} lines counted, ${memory.toFixed(0)} MB resident`,
  );
  for (const [program, args] of [
    ['rg', ['-F', '-f', patterns, '--no-filename']],
    ['grep', ['-h', '-F', '-f', patterns]],
  ]) {
    const at = performance.now();
    const result = spawnSync(program, [...args, ...files], {
      maxBuffer: 1 << 30,
      env: { ...process.env, LC_ALL: 'C' },
    });
    if (result.error) console.log(`${program}: not installed`);
    else {
      const took = performance.now() - at;
      console.log(
        `${program} -F -f: ${(took / 1000).toFixed(2)} s; salvor takes ${(ours / took).toFixed(2)} times as long`,
      );
    }
  }
}

function writeArchive(base) {
  const directory = join(base, 'tree');
  mkdirSync(directory);
  const next = random(3);
  const each = ARCHIVE_BYTES / 40;
  for (let i = 0; i < 40; i += 1) {
    const fd = openSync(join(directory, `f${i}.csv`), 'w');
    for (let written = 0; written < each; ) {
      let text = '';
      for (let j = 0; j < 20_000; j += 1) {
        text += `${Math.floor(next() * 1e6)},gene${Math.floor(next() * 20_000)},${(next() * 100).toFixed(3)}\n`;
      }
      written += text.length;
      writeSync(fd, text);
    }
    closeSync(fd);
  }
  const archive = join(base, 'backup.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', directory, '.']);
  rmSync(directory, { recursive: true });
  return archive;
}

async function members(base) {
  const { openTar } = await import('../dist/sources/archives/tar-stream.js');
  const { ExtractPass } = await import('../dist/sources/archives/extract-pass.js');
  const { sought } = await import('../dist/sources/archives/take.js');
  const archive = writeArchive(base);
  const wanted = ['f3.csv', 'f17.csv', 'f38.csv'];
  console.log(
    `\nmembers out of a .tar.gz of ${(ARCHIVE_BYTES / 1e9).toFixed(1)} GB (${(statSync(archive).size / 1e6).toFixed(0)} MB packed)`,
  );
  const out = join(base, 'out');
  mkdirSync(out);
  let at = performance.now();
  execFileSync('tar', ['-xzf', archive, '-C', out, ...wanted.map((name) => `./${name}`)]);
  const tar = performance.now() - at;
  at = performance.now();
  const outcomes = [];
  const open = ({ id }) => {
    const fd = openSync(join(out, `ours-${id}`), 'w');
    const hash = createHash('sha256');
    let sizeBytes = 0;
    return {
      write(chunk) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        writeSync(fd, chunk);
      },
      async end() {
        closeSync(fd);
        return { sha256: hash.digest('hex'), sizeBytes };
      },
      async abort() {},
    };
  };
  const hits = wanted.map((member) => ({ id: member, hit: { member, locator: { member: `./${member}` } } }));
  const pass = new ExtractPass(hits.map(sought), open, (outcome) => {
    outcomes.push(outcome);
  });
  await pass.run(await openTar(createReadStream(archive, { highWaterMark: 1 << 20 }), () => undefined));
  const ours = performance.now() - at;
  for (const outcome of outcomes) {
    const theirs = createHash('sha256');
    for await (const chunk of createReadStream(join(out, outcome.id))) theirs.update(chunk);
    if (!outcome.ok || outcome.sha256 !== theirs.digest('hex'))
      throw new Error(`${outcome.id} is not what tar takes out`);
  }
  console.log(
    `tar -xzf: ${(tar / 1000).toFixed(2)} s; salvor, SHA-256 and container checksum included: ${(ours / 1000).toFixed(2)} s, ${(tar / ours).toFixed(2)} times as fast`,
  );
}
