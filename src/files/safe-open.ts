import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Answer } from './merge.js';
import type { Absence, FileIdentity, FoundFile } from './port.js';
import { describeStandIn, type StandIn, standInOfLink } from './stand-in.js';

const SLASH = 0x2f;

/** A root for the reader: its configured path and its real path as raw bytes. */
export interface OpenRoot {
  path: string;
  realPath: Uint8Array;
}

/** Resolves a path below a root. Never opens anything. */
export function locateIn(root: OpenRoot, rootIndex: number, relative: string): Answer {
  const askedPath = `${root.path}${root.path.endsWith('/') ? '' : '/'}${relative}`;
  try {
    const realPath = realpathSync.native(askedPath, { encoding: 'buffer' });
    if (!isBelow(realPath, root.realPath)) {
      return { kind: 'outside_root', reason: 'a link in the path leads outside the root' };
    }
    const stats = lstatSync(realPath, { bigint: true });
    const kind = irregularity(stats);
    if (kind !== undefined) return { kind: 'not_regular', reason: `it is a ${kind}` };
    return { kind: 'file', file: { root: rootIndex, askedPath, realPath, identity: identityOf(stats) } };
  } catch (error) {
    const absence = absenceOf(error);
    const standIn = absence.kind === 'no_file' ? standInAt(askedPath) : undefined;
    return standIn === undefined ? absence : { kind: 'pointer', standIn, reason: describeStandIn(standIn) };
  }
}

/** At most this many consecutive links are followed. */
const MAX_LINKS = 8;

/** The stand-in for a path that ends in a dangling link, if the link is a stand-in. */
function standInAt(askedPath: string): StandIn | undefined {
  let path = askedPath;
  for (let i = 0; i < MAX_LINKS; i += 1) {
    let target: string;
    try {
      target = readlinkSync(path, 'latin1');
    } catch {
      return undefined;
    }
    const standIn = standInOfLink(target);
    if (standIn !== undefined) return standIn;
    path = resolve(dirname(path), target);
  }
  return undefined;
}

export type Opened =
  | { kind: 'open'; fd: number; identity: FileIdentity }
  | { kind: 'moved' }
  | { kind: Absence; reason: string };

/**
 * Opens exactly what `locateIn` found: the last name is not followed if it became a link, a FIFO created in the
 * meantime does not block, and the open descriptor is verified to be the same regular file below the root.
 */
export function openFound(file: FoundFile, root: OpenRoot): Opened {
  let fd: number;
  try {
    const path = Buffer.from(file.realPath.buffer, file.realPath.byteOffset, file.realPath.byteLength);
    fd = openSync(
      path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch (error) {
    return codeOf(error) === 'ELOOP' ? { kind: 'moved' } : absenceOf(error);
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    const same = stats.isFile() && stats.dev === file.identity.dev && stats.ino === file.identity.ino;
    if (same && descriptorIsBelow(fd, file, root)) return { kind: 'open', fd, identity: identityOf(stats) };
    closeSync(fd);
    return { kind: 'moved' };
  } catch (error) {
    closeSync(fd);
    return absenceOf(error);
  }
}

/** Whether the requested path still leads to exactly this file. */
export function stillLeadsTo(file: FoundFile): boolean {
  try {
    const real = realpathSync.native(file.askedPath, { encoding: 'buffer' });
    const stats = lstatSync(real, { bigint: true });
    return stats.dev === file.identity.dev && stats.ino === file.identity.ino;
  } catch {
    return false;
  }
}

export function identityOf(stats: BigIntStats): FileIdentity {
  return {
    dev: stats.dev,
    ino: stats.ino,
    sizeBytes: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  };
}

/** Converts a file system error to a statement about the file. */
export function absenceOf(error: unknown): { kind: Absence; reason: string } {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'no_file', reason: 'not found' };
  if (code === 'ENAMETOOLONG')
    return { kind: 'no_file', reason: 'the name is too long for this file system' };
  if (code === 'ELOOP') return { kind: 'not_regular', reason: 'the links in the path form a loop' };
  return { kind: 'unreadable', reason: code ?? String(error) };
}

/** Uses /proc to find the path of the descriptor; without it, resolves the path again. */
function descriptorIsBelow(fd: number, file: FoundFile, root: OpenRoot): boolean {
  try {
    return isBelow(readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' }), root.realPath);
  } catch {
    return isBelow(realpathSync.native(file.askedPath, { encoding: 'buffer' }), root.realPath);
  }
}

function isBelow(path: Uint8Array, root: Uint8Array): boolean {
  if (path.length <= root.length) return false;
  if (Buffer.compare(path.subarray(0, root.length), root) !== 0) return false;
  return root[root.length - 1] === SLASH || path[root.length] === SLASH;
}

function irregularity(stats: BigIntStats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'directory';
  if (stats.isFIFO()) return 'FIFO';
  if (stats.isSocket()) return 'socket';
  return stats.isSymbolicLink() ? 'link' : 'device';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
