import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** No write takes this long; a temporary file that is older was left by a process that was killed. */
const ABANDONED_MS = 3_600_000;

/**
 * Puts `text` in place of `path`: a reader sees the old file or the new one, complete. Written beside it, synced,
 * given `mode` whatever the umask is, renamed, and the directory synced.
 */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const directory = dirname(path);
  const prefix = `.${basename(path)}.`;
  await removeAbandoned(directory, prefix);
  const temporary = join(directory, `${prefix}${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeSynced(temporary, text, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a new name in `directory` survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeAbandoned(directory: string, prefix: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(prefix) && name.endsWith('.tmp'));
  for (const name of names) {
    const path = join(directory, name);
    const written = await stat(path).catch(() => undefined);
    if (written !== undefined && Date.now() - written.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
}
