import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');

/**
 * The sources as JavaScript, for child processes: of this moment, where `dist` may be of another. They lie within
 * the repository, so that imports of packages find them.
 */
export async function compiledSources(): Promise<{ directory: string; remove(): Promise<void> }> {
  const cache = join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, 'salvor-sources-'));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const config = join(root, 'tsconfig.build.json');
  await promisify(execFile)(process.execPath, [tsc, '-p', config, '--noCheck', '--outDir', directory]);
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
