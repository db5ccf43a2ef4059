import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Root } from './port.js';

/**
 * What tells one root from another at the same path: its sentinel or, without one, its first entry. Plain JSON. A
 * sentinel with some content (an id of its own) is told by that; anything else by what only the same file has, on
 * whatever host a shared file system is mounted: its inode number and its times.
 */
export interface RootWorld {
  readonly name: string;
  /** SHA-256 of a sentinel's content, where there is enough of it to tell it from any other. */
  readonly content: string | null;
  readonly inode: string | null;
  readonly changed: string | null;
}

/** A sentinel that was only touched says nothing; an id has at least this many bytes. */
const MIN_CONTENT_BYTES = 16;
const MAX_CONTENT_BYTES = 4096;

/** Undefined where the root cannot be seen from here. */
export async function rootWorld(root: Root): Promise<RootWorld | undefined> {
  try {
    const name = root.sentinel ?? (await readdir(root.path)).sort()[0];
    if (name === undefined) return undefined;
    const path = join(root.path, name);
    const stats = await lstat(path, { bigint: true });
    const isId =
      root.sentinel !== undefined &&
      stats.isFile() &&
      stats.size >= MIN_CONTENT_BYTES &&
      stats.size <= MAX_CONTENT_BYTES;
    if (isId) {
      const content = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      return { name, content, inode: null, changed: null };
    }
    // A directory changes whenever something is put into it.
    const changed = stats.isDirectory() ? null : String(stats.ctimeNs);
    return { name, content: null, inode: String(stats.ino), changed };
  } catch {
    return undefined;
  }
}

/** How a root differs from what the run saw of it; undefined when it is the same. */
export async function rootDifference(root: Root, world: RootWorld): Promise<string | undefined> {
  const here = await rootWorld(root);
  const isSame =
    here !== undefined &&
    here.name === world.name &&
    here.content === world.content &&
    here.inode === world.inode &&
    here.changed === world.changed;
  return isSame ? undefined : `${join(root.path, world.name)} is not the file here that it is for the run`;
}
