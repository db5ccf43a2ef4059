import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareUtf8 } from '../../core/bytes.js';
import { Failure } from '../../core/failure.js';

/** One entry of a directory. The name of a directory ends with `/`, so that names sort like keys. */
export interface Entry {
  name: string;
  isDirectory: boolean;
}

export interface WalkRange {
  startAfter: string | undefined;
  endAt: string | undefined;
  signal: AbortSignal | undefined;
}

// A name may begin with U+FEFF, which is part of the name.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The regular files and directories in a directory, sorted by key. Symbolic links, sockets and the like are not
 * objects: the target of a link is listed at its own path if it is inside the store, and does not belong to the store
 * otherwise. Memory: the names of one directory.
 * @throws Failure `store.bad_name` for a name that is not UTF-8, `store.denied`, `store.unavailable`
 */
export async function readEntries(path: string, mayBeGone: boolean): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const found of await readDirectory(path, mayBeGone)) {
    const isDirectory = found.isDirectory();
    if (!isDirectory && !found.isFile()) continue;
    const name = nameOf(found.name, path);
    entries.push({ name: isDirectory ? `${name}/` : name, isDirectory });
  }
  return entries.sort((a, b) => compareUtf8(a.name, b.name));
}

async function readDirectory(path: string, mayBeGone: boolean): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(path, { encoding: 'buffer', withFileTypes: true });
  } catch (error) {
    const code = errorCode(error);
    // Deleted since its parent was read, so it counts as empty.
    if (mayBeGone && code === 'ENOENT') return [];
    throw storeFileFailure(error, path);
  }
}

function nameOf(bytes: Buffer, directory: string): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    const shown = bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '?');
    throw new Failure('store.bad_name', `${directory} contains a file whose name is not UTF-8: ${shown}`, {
      hint: 'rename the file; without a valid name it has no key and cannot be checked',
    });
  }
}

/** The keys of all regular files within the range, in UTF-8 order; `onDirectory` is called for each directory read. */
export async function* walkObjects(
  root: string,
  range: WalkRange,
  onDirectory: () => void,
): AsyncIterable<string> {
  const open: { prefix: string; entries: Entry[]; next: number }[] = [];
  const enter = async (prefix: string): Promise<void> => {
    range.signal?.throwIfAborted();
    onDirectory();
    open.push({ prefix, entries: await readEntries(join(root, prefix), prefix !== ''), next: 0 });
  };
  await enter('');
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const entry = top.entries[top.next];
    top.next += 1;
    if (entry === undefined) {
      open.pop();
      continue;
    }
    const key = top.prefix + entry.name;
    if (range.endAt !== undefined && compareUtf8(key, range.endAt) > 0) return;
    if (isBefore(key, entry.isDirectory, range.startAfter)) continue;
    if (entry.isDirectory) await enter(key);
    else yield key;
  }
}

/** Whether the file, or everything in the directory, is at or before the start of the range. */
function isBefore(key: string, isDirectory: boolean, startAfter: string | undefined): boolean {
  if (startAfter === undefined || compareUtf8(key, startAfter) > 0) return false;
  return !(isDirectory && startAfter.startsWith(key));
}

export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Converts an error of the file system to a failure. */
export function storeFileFailure(error: unknown, path: string): Failure {
  if (error instanceof Failure) return error;
  const code = errorCode(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return new Failure('store.denied', `${path}: permission denied`, {
      hint: 'run as a user with read permission',
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new Failure('store.unavailable', `cannot read ${path}: ${message}`, {
    hint: code === 'ENOENT' ? 'check that the directory exists and its disk is mounted' : '',
    cause: error,
  });
}
