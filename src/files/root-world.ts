import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Root } from './port.js';

/**
 * Distinguishes roots at the same path: by the sentinel or, without one, the first entry. Plain JSON. A sentinel with
 * enough content (a unique id) is identified by its content; anything else by its inode number and times, which are the
 * same on every host that mounts a shared file system.
 */
export interface RootWorld {
  readonly name: string;
  /** The SHA-256 of the sentinel's content, if it is long enough to be unique. */
  readonly content: string | null;
  readonly inode: string | null;
  readonly changed: string | null;
}

/** A sentinel with fewer bytes is not a unique id. */
const MIN_CONTENT_BYTES = 16;
const MAX_CONTENT_BYTES = 4096;

/** Undefined if the root is not visible from this host. */
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
    // The times of a directory change whenever an entry is added.
    const changed = stats.isDirectory() ? null : String(stats.ctimeNs);
    return { name, content: null, inode: String(stats.ino), changed };
  } catch {
    return undefined;
  }
}

/** How a root differs from the one that the run saw; undefined if it is the same. */
export async function rootDifference(root: Root, world: RootWorld): Promise<string | undefined> {
  const here = await rootWorld(root);
  const isSame =
    here !== undefined &&
    here.name === world.name &&
    here.content === world.content &&
    here.inode === world.inode &&
    here.changed === world.changed;
  return isSame
    ? undefined
    : `${join(root.path, world.name)} is a different file on this host than in the run`;
}
