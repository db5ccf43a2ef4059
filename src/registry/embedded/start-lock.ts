import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { isSame, type ProcessIdentity, processIdentityOf } from './process-identity.js';
import { putAway } from './remove-if-unchanged.js';

/** A lock whose holder cannot be identified is stale after this. */
const UNREADABLE_STALE_MS = 10_000;

/**
 * Spares processes that come at once from doing the same work twice: the first starts the server, the others wait
 * for it. Nothing depends on it for being right. Two holders would make two clusters, of which one wins its place by
 * `rename`, and start two servers, of which PostgreSQL's own lock file lets one live. So a lock whose holder was
 * killed may be broken without ceremony.
 */
export async function tryStartLock(path: string): Promise<(() => Promise<void>) | undefined> {
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(processIdentityOf(process.pid)), { mode: 0o600 });
  try {
    if (await linked(mine, path)) return () => rm(path, { force: true });
    const stale = await staleText(path);
    if (stale === undefined) return undefined;
    await putAway(path, stale);
    return (await linked(mine, path)) ? () => rm(path, { force: true }) : undefined;
  } finally {
    await rm(mine, { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What a lock says whose holder is gone, or that is none; undefined while it may be held. */
async function staleText(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return isSame(JSON.parse(text) as ProcessIdentity) ? undefined : text;
  } catch {
    const made = await stat(path).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs > UNREADABLE_STALE_MS ? text : undefined;
  }
}
