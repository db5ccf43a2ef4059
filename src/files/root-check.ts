import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.js';
import type { Root } from './port.js';

/** Which directory a root was, so that it can be told from an empty mount point later. */
export interface RootIdentity {
  realPath: Uint8Array;
  dev: bigint;
  ino: bigint;
}

/**
 * The root is a directory that can be read, holds something, and its sentinel.
 * @throws Failure `root.unavailable`: an unmounted disk must never look like files that were lost
 */
export async function checkRoot(root: Root): Promise<RootIdentity> {
  try {
    const stats = await stat(root.path, { bigint: true });
    if (!stats.isDirectory()) throw unavailable(root, 'is not a directory');
    if (await isEmpty(root.path)) throw unavailable(root, 'is empty');
    await requireSentinel(root);
    return { realPath: await realpath(root.path, { encoding: 'buffer' }), dev: stats.dev, ino: stats.ino };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unavailable(root, `can not be read (${errorCode(error)})`, error);
  }
}

/** Checks again, and that it is still the directory it was. @throws Failure `root.unavailable` */
export async function recheckRoot(root: Root, before: RootIdentity): Promise<void> {
  const now = await checkRoot(root);
  if (now.dev !== before.dev || now.ino !== before.ino) {
    throw unavailable(root, 'is another directory than it was when the run began');
  }
}

async function isEmpty(path: string): Promise<boolean> {
  const directory = await opendir(path);
  try {
    return (await directory.read()) === null;
  } finally {
    await directory.close();
  }
}

async function requireSentinel(root: Root): Promise<void> {
  if (root.sentinel === undefined) return;
  try {
    await lstat(join(root.path, root.sentinel));
  } catch (error) {
    throw unavailable(root, `does not hold its sentinel ${root.sentinel} (${errorCode(error)})`, error);
  }
}

function unavailable(root: Root, what: string, cause?: unknown): Failure {
  return new Failure('root.unavailable', `the root ${root.path} ${what}`, {
    hint: 'is the disk mounted? nothing was concluded about the files below it',
    detail: { root: root.path },
    cause,
  });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
