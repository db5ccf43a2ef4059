import type { Database } from '../registry/database.js';
import * as sql from '../registry/units/statements.js';

/** A smaller share is not worth starting with. */
const SMALLEST_SHARE = 0.1;

/**
 * This unit's share of the run's bytes per second: an equal part, but never more than the others leave. The others
 * reduce their shares at their next request, so the total never exceeds the rate. Undefined if no share is free yet.
 */
export async function takeShare(
  database: Database,
  mine: [runId: string, unit: number, attempt: number],
): Promise<number | undefined> {
  const [runId, unit] = mine;
  return database.transaction(async (tx) => {
    const plan = await tx.query<{ bytes_per_second: number }>(sql.LOCK_RATE, [runId]);
    const rate = plan.rows[0]?.bytes_per_second;
    if (rate === undefined) return undefined;
    const { rows } = await tx.query<{ others: number; taken: number }>(sql.OTHER_SHARES, [runId, unit]);
    const { others = 0, taken = 0 } = rows[0] ?? {};
    const share = Math.floor(Math.min(rate / (others + 1), rate - taken));
    if (share < Math.max(1, (rate / (others + 1)) * SMALLEST_SHARE)) return undefined;
    await tx.query(sql.TAKE_SHARE, [...mine, share]);
    return share;
  });
}
