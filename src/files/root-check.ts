import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.js';
import type { Root } from './port.js';

/** Identifies the directory of a root, to distinguish it from an empty mount point later. */
export interface RootIdentity {
  realPath: Uint8Array;
  dev: bigint;
  ino: bigint;
}

/**
 * Checks that the root is a readable directory that is not empty and has its sentinel.
 * @throws Failure `root.unavailable`, so that an unmounted disk never looks like lost files
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
    throw unavailable(root, `cannot be read (${errorCode(error)})`, error);
  }
}

/** Checks again, and that it is still the same directory. @throws Failure `root.unavailable` */
export async function recheckRoot(root: Root, before: RootIdentity): Promise<void> {
  const now = await checkRoot(root);
  if (now.dev !== before.dev || now.ino !== before.ino) {
    throw unavailable(root, 'is a different directory than at the start of the run');
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
    throw unavailable(root, `has no sentinel ${root.sentinel} (${errorCode(error)})`, error);
  }
}

function unavailable(root: Root, what: string, cause?: unknown): Failure {
  return new Failure('root.unavailable', `the root ${root.path} ${what}`, {
    hint: 'check that the disk is mounted; no file below it was judged',
    detail: { root: root.path },
    cause,
  });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
