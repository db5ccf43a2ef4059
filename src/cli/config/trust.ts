import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Failure, usageFailure } from '../../core/failure.js';

const SYMLINKS_MAX = 40;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** The users whose files are trusted. */
export interface Caller {
  /** The effective user of the process. */
  uid: number;
  /** Who called sudo. */
  sudoUid?: number | undefined;
}

export function callerOf(env: NodeJS.ProcessEnv): Caller {
  const uid = process.geteuid?.() ?? 0;
  const sudo = env.SUDO_UID;
  return {
    uid,
    sudoUid: uid === 0 && sudo !== undefined && /^\d{1,10}$/.test(sudo) ? Number(sudo) : undefined,
  };
}

/**
 * Resolves a path, and rejects it if someone else could have written the file: the file and each directory above it (up to
 * the root or a sticky one) must belong to root or the caller and not be writable by others. For a symbolic link, its
 * directory and its whole target path are checked.
 * Returns the path without links. @throws Failure `config.untrusted` (exit 2); what `lstat` throws
 */
export function trustedPath(file: string, caller: Caller): string {
  let path = resolve(file);
  for (let links = 0; links <= SYMLINKS_MAX; links += 1) {
    const link = firstLink(path);
    if (link === undefined) {
      checkAncestors(path, file, caller);
      check(path, lstatSync(path), file, caller);
      return path;
    }
    checkAncestors(link.path, file, caller);
    checkOwner(link.path, lstatSync(link.path), file, caller);
    path = resolve(dirname(link.path), readlinkSync(link.path), link.rest);
  }
  throw untrusted(file, 'it leads through too many symbolic links', 'pass the path of the file itself');
}

/** The first part of a path that is a symbolic link, and what follows it. */
function firstLink(path: string): { path: string; rest: string } | undefined {
  const names = path.split('/').slice(1);
  let at = '/';
  for (const [i, name] of names.entries()) {
    at = join(at, name);
    if (lstatSync(at).isSymbolicLink()) return { path: at, rest: names.slice(i + 1).join('/') };
  }
  return undefined;
}

function checkAncestors(path: string, file: string, caller: Caller): void {
  for (let at = dirname(path); ; at = dirname(at)) {
    const stat = lstatSync(at);
    // In a sticky directory only the owner of an entry and the owner of the directory can replace the entry.
    const isSticky = (stat.mode & STICKY) !== 0;
    if (isSticky) checkOwner(at, stat, file, caller);
    else check(at, stat, file, caller);
    if (isSticky || at === '/') return;
  }
}

function check(path: string, stat: Stats, file: string, caller: Caller): void {
  checkOwner(path, stat, file, caller);
  if ((stat.mode & OTHERS_WRITE) === 0) return;
  const who = (stat.mode & 0o002) !== 0 ? 'every user' : `group ${stat.gid}`;
  throw untrusted(
    file,
    `${path} is writable by ${who}`,
    `check the contents of the file, then run: chmod go-w ${path}`,
  );
}

function checkOwner(path: string, { uid }: Stats, file: string, caller: Caller): void {
  if (uid === 0 || uid === caller.uid || uid === caller.sudoUid) return;
  throw untrusted(
    file,
    `${path} belongs to user ${uid}, which is neither root nor the user who runs salvor`,
    `check the contents of the file, then run: chown ${caller.uid} ${path}`,
  );
}

function untrusted(file: string, reason: string, hint: string): Failure {
  return usageFailure('config.untrusted', `${file} is not trusted: ${reason}`, hint);
}
