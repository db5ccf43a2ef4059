import { randomUUID } from 'node:crypto';
import { chown, link, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './os-account.js';

/** A part of the socket's file name; no TCP port is opened. */
export const SOCKET_PORT = 5432;

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, with a NUL at the end. */
const MAX_SOCKET_PATH_BYTES = 103;

/** The setting that names the directory is a list with commas and quotes. */
const PLAIN_PATH = /^[\w./@+=~-]+$/;

/**
 * Where the server of `directory` puts its socket: there, or, where that path is too long for a socket, in a short
 * private directory whose name is kept in `directory/socket-directory`.
 */
export async function socketDirectory(directory: string, account: Account): Promise<string> {
  const longest = join(directory, `.s.PGSQL.${SOCKET_PORT}`);
  if (Buffer.byteLength(longest) <= MAX_SOCKET_PATH_BYTES && PLAIN_PATH.test(directory)) return directory;
  const record = join(directory, 'socket-directory');
  const recorded = await readFile(record, 'utf8').catch(() => undefined);
  if (recorded !== undefined && (await isPrivate(recorded, account))) return recorded;
  return makeShort(record, recorded, account);
}

/** Whether nobody else could have put it there, or look into it. Makes it again where /tmp was cleared. */
async function isPrivate(path: string, account: Account): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    await give(path, account);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
  }
  const found = await lstat(path).catch(() => undefined);
  const owner = account.kind === 'other' ? account.uid : process.geteuid?.();
  return found?.isDirectory() === true && found.uid === owner && (found.mode & 0o077) === 0;
}

async function makeShort(record: string, recorded: string | undefined, account: Account): Promise<string> {
  const made = await mkdtemp(join(shortTemporary(), 'salvor-'));
  await give(made, account);
  const draft = `${record}.${randomUUID()}`;
  await writeFile(draft, made, { mode: 0o600 });
  if (recorded !== undefined) await rm(record, { force: true });
  // Of several processes that come here at once one wins, and all use its directory.
  await link(draft, record).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    await rm(made, { recursive: true, force: true });
  });
  await rm(draft, { force: true });
  return readFile(record, 'utf8');
}

function shortTemporary(): string {
  const named = tmpdir();
  return named.length <= 40 && PLAIN_PATH.test(named) ? named : '/tmp';
}

async function give(path: string, account: Account): Promise<void> {
  if (account.kind === 'other') await chown(path, account.uid, account.gid);
}
