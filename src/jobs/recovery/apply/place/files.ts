import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, unlink } from 'node:fs/promises';
import { Failure } from '../../../../core/failure.js';
import { toMicroseconds } from '../../../../core/file-time.js';
import { basenameOf } from '../../evidence/expected.js';
import { giveName } from './give-name.js';
import { codeOf, failure, OpenDirectory } from './open-directory.js';

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A regular file at a path below a root. Links are not followed. */
export interface FileState {
  inode: string;
  sizeBytes: number;
  mtimeUs: bigint;
  sha256: string;
}

/**
 * Moves one file below a root. Never replaces another file.
 * @throws Failure `destination.exists`, `destination.unsafe`, `destination.failed`
 */
export async function moveFile(root: string, from: string, to: string): Promise<void> {
  const source = await OpenDirectory.of(root, from, { create: false });
  try {
    const target = await OpenDirectory.of(root, to);
    try {
      await giveName(source.child(basenameOf(from)), target.child(basenameOf(to)));
      await target.sync();
      await source.sync();
    } finally {
      await target.close();
    }
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      throw new Failure(
        'destination.exists',
        `${to}: another file already exists there and was not replaced`,
      );
    }
    throw error instanceof Failure ? error : failure(from, error);
  } finally {
    await source.close();
  }
}

/** The regular file at a path below a root, or undefined. Reads the whole file. */
export async function fileAt(root: string, path: string): Promise<FileState | undefined> {
  return inDirectory(root, path, async (name) => {
    const file = await open(name, READ).catch(() => undefined);
    if (file === undefined) return undefined;
    try {
      const before = await file.stat({ bigint: true });
      if (!before.isFile()) return undefined;
      const hash = createHash('sha256');
      const stream = file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 });
      for await (const chunk of stream) hash.update(chunk as Buffer);
      return {
        inode: String(before.ino),
        sizeBytes: Number(before.size),
        mtimeUs: toMicroseconds(before.mtimeNs),
        sha256: hash.digest('hex'),
      };
    } finally {
      await file.close();
    }
  });
}

/** The inode and size of whatever is at a path below a root. Links are not followed. */
export async function nodeAt(
  root: string,
  path: string,
): Promise<{ inode: string; dev: string; sizeBytes: number; isFile: boolean } | undefined> {
  return inDirectory(root, path, async (name) => {
    const stats = await lstat(name, { bigint: true }).catch(() => undefined);
    if (stats === undefined) return undefined;
    return {
      inode: String(stats.ino),
      dev: String(stats.dev),
      sizeBytes: Number(stats.size),
      isFile: stats.isFile(),
    };
  });
}

/** Removes a draft, if it exists. */
export async function removeDraft(root: string, draft: string): Promise<void> {
  const directory = draft.slice(0, draft.length - basenameOf(draft).length);
  const opened = await OpenDirectory.of(root, `${directory}x`, { create: false }).catch(() => undefined);
  if (opened === undefined) return;
  try {
    await unlink(opened.child(basenameOf(draft))).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw failure(draft, error);
    });
  } finally {
    await opened.close();
  }
}

/** Removes the empty placeholder that a killed move left in the quarantine, under a name that only one to-do uses. */
export async function removeOwnPlaceholder(root: string, kept: string): Promise<void> {
  await inDirectory(root, kept, async (name) => {
    const stats = await lstat(name).catch(() => undefined);
    if (stats?.isFile() === true && stats.size === 0) await unlink(name);
    return undefined;
  });
}

async function inDirectory<T>(
  root: string,
  path: string,
  look: (name: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  const directory = await OpenDirectory.of(root, path, { create: false }).catch(() => undefined);
  if (directory === undefined) return undefined;
  try {
    return await look(directory.child(basenameOf(path)));
  } finally {
    await directory.close();
  }
}
