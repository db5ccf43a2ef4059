import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** No write takes this long; an older temporary file was left by a killed process. */
const ABANDONED_MS = 3_600_000;

/**
 * Replaces the file `path` with `text` atomically: a reader sees the complete old file or the complete new one. The
 * text is written to a temporary file next to it, synced, given `mode` whatever the umask, and renamed; then the
 * directory is synced.
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

/** Syncs `directory`, so that a new name in it survives a power failure. */
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
