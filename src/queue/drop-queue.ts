import { setTimeout as sleep } from 'node:timers/promises';
import { sqlState } from '../registry/pg-errors.js';

/** Whoever sends a message has committed it, or has not, long before the last try. */
const TRIES = 20;
const AGAIN_MS = 100;
/** Foreign key violation, restrict violation (what PostgreSQL 18 calls some of those), deadlock. */
const IN_USE: ReadonlySet<string> = new Set(['23503', '23001', '40P01']);

/**
 * Takes a queue away that workers may still send to: a message that comes in after the others were deleted keeps its
 * queue, and then all of it is deleted again.
 */
export async function untilUnused(remove: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await remove();
    } catch (error) {
      if (tries === TRIES || !IN_USE.has(sqlState(error) ?? '')) throw error;
      await sleep(AGAIN_MS);
    }
  }
}
