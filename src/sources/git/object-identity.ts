import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileIdentity } from '../file-identity.js';
import { commonDirectory } from './repository.js';

/** git follows alternates of alternates this far. */
const MAX_ALTERNATES_DEPTH = 5;

/**
 * What a repository stores its objects in: a blob that was read and verified once is still there, and still the same, if
 * its loose file or all packs are.
 */
export class ObjectIdentities {
  readonly #directories: readonly string[];
  readonly #packs: string;

  private constructor(directories: readonly string[], packs: string) {
    this.#directories = directories;
    this.#packs = packs;
  }

  /** Undefined if a directory of objects cannot be read: then nothing is recalled. */
  static async of(repository: string): Promise<ObjectIdentities | undefined> {
    try {
      const directories = await objectDirectories(join(await commonDirectory(repository), 'objects'));
      return new ObjectIdentities(directories, await packsOf(directories));
    } catch {
      return undefined;
    }
  }

  async of(id: string): Promise<string> {
    for (const directory of this.#directories) {
      const loose = join(directory, id.slice(0, 2), id.slice(2));
      const stats = await stat(loose, { bigint: true }).catch(() => undefined);
      if (stats?.isFile() === true) return `loose ${fileIdentity(stats)}`;
    }
    return `packed ${this.#packs}`;
  }
}

/** The directory of objects and its alternates, which git searches too. */
async function objectDirectories(directory: string, depth = 0): Promise<string[]> {
  const text = await readFile(join(directory, 'info', 'alternates'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const named = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (named.some((line) => line.startsWith('"'))) throw new Error('a quoted path of alternates');
  if (named.length > 0 && depth >= MAX_ALTERNATES_DEPTH) throw new Error('too many levels of alternates');
  const all = [directory];
  for (const path of named)
    all.push(...(await objectDirectories(isAbsolute(path) ? path : join(directory, path), depth + 1)));
  return all;
}

/** All packs and their indexes, by name and identity. */
async function packsOf(directories: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const directory of directories) {
    const names = await readdir(join(directory, 'pack')).catch(() => []);
    for (const name of names.sort()) {
      const stats = await stat(join(directory, 'pack', name), { bigint: true });
      hash.update(`${directory}\0${name}\0${fileIdentity(stats)}\n`);
    }
  }
  return hash.digest('hex').slice(0, 32);
}
