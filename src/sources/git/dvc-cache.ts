import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

/** A larger configuration was not written by DVC. */
const MAX_CONFIG_BYTES = 64 * 1024;

/**
 * Where a DVC project keeps contents: `.dvc/cache`, and `cache.dir` of its configuration ("dvc config", relative to
 * `.dvc`), each in the layout of DVC 3 (`files/md5`) and the one before. Empty if it is no project.
 */
export async function dvcCachesOf(project: string): Promise<string[]> {
  const home = join(project, '.dvc');
  if ((await stat(home).catch(() => undefined))?.isDirectory() !== true) return [];
  const configured: string[] = [];
  for (const name of ['config', 'config.local']) configured.push(...(await cacheDirIn(join(home, name))));
  const all = ['cache', ...configured].map((path) => (isAbsolute(path) ? path : join(home, path)));
  return [...new Set(all)].flatMap((directory) => [join(directory, 'files', 'md5'), directory]);
}

/** The value of `dir` in the section `cache`. */
async function cacheDirIn(path: string): Promise<string[]> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size === 0 || size > MAX_CONFIG_BYTES) return [];
  let section = '';
  const found: string[] = [];
  for (const line of (await readFile(path, 'utf8').catch(() => '')).split(/\r?\n/)) {
    section = /^\s*\[\s*['"]?([^'"\]]*?)['"]?\s*\]\s*$/.exec(line)?.[1] ?? section;
    const dir = section === 'cache' ? /^\s*dir\s*=\s*(.*\S)\s*$/.exec(line)?.[1] : undefined;
    if (dir !== undefined && !dir.startsWith('~')) found.push(dir);
  }
  return found;
}
