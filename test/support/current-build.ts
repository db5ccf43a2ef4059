import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** What the last build was made from: file names and modification times. Not in `dist`, which is published. */
const stamp = join(root, 'node_modules', '.cache', 'salvor-build.json');
const INPUTS = [
  'src',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.exports.json',
  'vite.config.ts',
  'vite.program.config.ts',
];

/**
 * Makes `dist` a build of the sources as they are now, so that tests of the command line never run an old program.
 * Costs some milliseconds when nothing changed.
 * @throws Error with the compiler's output when the sources do not compile
 */
export function ensureCurrentBuild(): void {
  const inputs = JSON.stringify(INPUTS.flatMap(statesOf).sort());
  const output = join(root, 'dist', 'cli', 'main.js');
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) {
    throw new Error(
      `the sources do not build, so no test can run:\n${built.stdout}${built.stderr}${built.error ?? ''}`,
    );
  }
  mkdirSync(join(stamp, '..'), { recursive: true });
  writeFileSync(stamp, inputs);
}

function statesOf(path: string): string[] {
  const state = statSync(join(root, path));
  if (!state.isDirectory()) return [`${path} ${state.mtimeMs} ${state.size}`];
  return readdirSync(join(root, path)).flatMap((name) => statesOf(join(path, name)));
}
