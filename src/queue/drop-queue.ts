import { setTimeout as sleep } from 'node:timers/promises';
import { sqlState } from '../registry/pg-errors.js';

/** Any sender has committed or rolled back its message long before the last attempt. */
const TRIES = 20;
const AGAIN_MS = 100;
/** Foreign key violation, restrict violation (what PostgreSQL 18 calls some of those), deadlock. */
const IN_USE: ReadonlySet<string> = new Set(['23503', '23001', '40P01']);

/**
 * Deletes a queue that workers may still send to. A message that arrives after the others were deleted keeps the queue
 * alive; then the deletion is repeated.
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
