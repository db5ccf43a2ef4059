import { constants } from 'node:fs';
import { link, lstat, open, rename, unlink } from 'node:fs/promises';
import { codeOf } from './open-directory.js';

/** Errors of file systems without hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

/**
 * Moves a file to another name on the same file system and never replaces anything. Completes a move that was killed
 * while the file had both names. Without hard links, an empty placeholder reserves the name exclusively, and the file
 * is renamed over it once the placeholder is known to be ours. Both paths may go through descriptors.
 * @throws the system's error: `EEXIST` when the name is taken
 */
export async function giveName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (NO_LINKS.has(code)) {
      await renameOverPlaceholder(from, to);
      return;
    }
    if (code !== 'EEXIST' || !(await isSameFile(from, to))) throw error;
  }
  await unlink(from);
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([lstat(a, { bigint: true }), lstat(b, { bigint: true })]);
  return one.ino === other.ino && one.dev === other.dev;
}

async function renameOverPlaceholder(from: string, to: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const placeholder = await open(to, flags, 0o600);
  try {
    const ours = await placeholder.stat({ bigint: true });
    const there = await lstat(to, { bigint: true });
    if (there.ino !== ours.ino || there.dev !== ours.dev || there.size !== 0n) {
      throw Object.assign(new Error(`EEXIST: another process took the name in the meantime: ${to}`), {
        code: 'EEXIST',
      });
    }
    await rename(from, to);
  } finally {
    await placeholder.close();
  }
}

/** Whether the file system of a directory has hard links. Tests it with two files and removes them. */
export async function hasHardLinks(directory: string): Promise<boolean> {
  const base = `${directory}/.salvor-${process.pid}-${Date.now()}`;
  const file = await open(`${base}.part`, 'wx', 0o600);
  await file.close();
  try {
    await link(`${base}.part`, `${base}.link.part`);
    await unlink(`${base}.link.part`);
    return true;
  } catch (error) {
    if (NO_LINKS.has(codeOf(error) ?? '')) return false;
    throw error;
  } finally {
    await unlink(`${base}.part`).catch(() => undefined);
  }
}
