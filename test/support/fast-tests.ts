import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/**
 * What starts a server or runs the command line. A test file that imports one of these, directly or through other
 * test files, is not fast.
 */
const SLOW = [
  'test/support/postgres.ts',
  'test/support/s3.ts',
  'test/support/cli.ts',
  'test/support/worker-process.ts',
  'test/support/compiled.ts',
  'test/support/ceph.ts',
  'src/demo/s3/server.ts',
  'src/registry/embedded/server.ts',
].map((path) => join(root, path));

/** Text of a file that runs the built program by itself. */
const RUNS_PROGRAM = /dist\/cli\/main/;
const IMPORT = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

/** Test files (relative to the repository) that need no PostgreSQL, no S3 server and no process of the CLI. */
export function fastTests(): string[] {
  const all = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.startsWith('debian/'))
    .map((name) => join(root, 'test', name));
  const known = new Map<string, boolean>();
  return all.filter((file) => !isSlow(file, known)).map((file) => relative(root, file));
}

function isSlow(file: string, known: Map<string, boolean>): boolean {
  const before = known.get(file);
  if (before !== undefined) return before;
  // Within a circle of imports the answer comes from the others.
  known.set(file, false);
  const slow = SLOW.includes(file) || looksSlow(file, known);
  known.set(file, slow);
  return slow;
}

function looksSlow(file: string, known: Map<string, boolean>): boolean {
  // Product code is looked at by name only: that it can start a server does not mean that a test does.
  if (!file.startsWith(join(root, 'test')) || !existsSync(file)) return false;
  const text = readFileSync(file, 'utf8');
  if (RUNS_PROGRAM.test(text)) return true;
  return [...text.matchAll(IMPORT)].some(([, path = '']) =>
    isSlow(resolve(dirname(file), path.replace(/\.js$/, '.ts')), known),
  );
}
