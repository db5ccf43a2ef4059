import { constants } from 'node:fs';
import { link, lstat, open, rename, unlink } from 'node:fs/promises';
import { codeOf } from './open-directory.js';

/** How file systems say that they have no hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

/**
 * Moves a file to another name on the same file system without ever replacing anything. A move that was killed when
 * the file had both names is completed. Where there are no hard
 * links, an empty placeholder takes the name exclusively, and the file is renamed over it once it is certain that the
 * placeholder is ours. Both paths may lead through descriptors.
 * @throws the system's error: `EEXIST` when something has the name already
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
      throw Object.assign(new Error(`EEXIST: another file took the name meanwhile: ${to}`), {
        code: 'EEXIST',
      });
    }
    await rename(from, to);
  } finally {
    await placeholder.close();
  }
}

/** Whether the file system of a directory has hard links; tried with two files that are removed again. */
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
