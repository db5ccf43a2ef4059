import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { gitConfig, gitOutput } from './run-git.js';

/** A repository, and its path in the configured one (empty for the configured one itself). */
export interface Repository {
  directory: string;
  /** `path/of/submodule/`, or empty. */
  prefix: string;
}

/** The directory shared by all worktrees of a repository. */
export async function commonDirectory(directory: string): Promise<string> {
  const common = await gitOutput(directory, ['rev-parse', '--git-common-dir']);
  return isAbsolute(common) ? common : join(directory, common);
}

/**
 * Rejects shallow and partial clones: their history is incomplete, so a missing file proves nothing, and git would
 * fetch contents from a remote with a program that the repository names.
 * @throws Error that names what is missing
 */
export async function requireWholeHistory(directory: string): Promise<void> {
  if ((await stat(directory).catch(() => undefined))?.isFile() === true)
    throw new Error(
      `${directory} is a file, not a repository: if it is a bundle, clone it and configure the clone`,
    );
  if ((await gitOutput(directory, ['rev-parse', '--is-shallow-repository'])) === 'true') {
    throw new Error('the repository is a shallow clone, so its history is incomplete');
  }
  const partial = await gitConfig(
    directory,
    '^(extensions\\.partialclone|remote\\..*\\.(promisor|partialclonefilter))$',
  );
  const named = partial.map((line) => line.replace('\n', ' = ')).slice(0, 3);
  if (named.length > 0)
    throw new Error(`the repository is a partial clone; its contents are on a remote (${named.join(', ')})`);
  const packs = await readdir(join(await commonDirectory(directory), 'objects', 'pack')).catch(() => []);
  if (packs.some((name) => name.endsWith('.promisor')))
    throw new Error(
      'the repository is a partial clone: it has promisor packs, whose contents are on a remote',
    );
}

/** The available submodules, and the paths of those that are missing. */
export async function submodulesOf(
  { directory, prefix }: Repository,
  paths: Iterable<string>,
): Promise<{ here: Repository[]; absent: string[] }> {
  const here: Repository[] = [];
  const absent: string[] = [];
  const common = await commonDirectory(directory);
  for (const path of paths) {
    const places = [join(directory, path), join(common, 'modules', path)];
    const found = isBeneath(path) ? await firstRepository(places) : undefined;
    if (found === undefined) absent.push(prefix + path);
    else here.push({ directory: found, prefix: `${prefix}${path}/` });
  }
  return { here, absent };
}

function isBeneath(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').some((segment) => segment === '..' || segment === '.git');
}

async function firstRepository(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) {
    const marks = await Promise.all(
      ['.git', 'HEAD'].map((name) =>
        stat(join(place, name)).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (marks[0] === true || (marks[1] === true && (await isDirectory(join(place, 'objects'))))) return place;
  }
  return undefined;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
