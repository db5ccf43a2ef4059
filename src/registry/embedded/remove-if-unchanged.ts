import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm } from 'node:fs/promises';

/** Removes a file if it still says what it said; a new one that came in between is put back. */
export async function putAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== text) await link(aside, path).catch(() => undefined);
    await rm(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
