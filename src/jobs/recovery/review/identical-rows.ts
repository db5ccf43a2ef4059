import type { PlanRow } from '../plan/plan-document.js';
import type { StoredPlan } from '../plan/stored-plan.js';
import { bindObstacle } from './bind-obstacle.js';

/** Rows that need a decision although all their candidates have the same content, each with the best copy. */
export async function* identicalRows(
  plan: StoredPlan,
  only: { under?: string | undefined; type?: string | undefined },
): AsyncGenerator<{ row: PlanRow; cid: string }> {
  const directory = only.under === undefined ? undefined : `${only.under.replace(/\/+$/, '')}/`;
  const waiting = waitingEntries(plan).filter((one) => only.type === undefined || one.type === only.type);
  for await (const row of plan.read(waiting)) {
    if (bindObstacle(row) !== undefined) continue;
    if (directory !== undefined && row.file_path?.startsWith(directory) !== true) continue;
    const left = row.candidates.filter((one) => one.rejected === null);
    const [best] = left;
    // Unread content is unknown.
    const isKnown = best !== undefined && !best.content.startsWith('unread:');
    if (isKnown && new Set(left.map((one) => one.content)).size === 1) yield { row, cid: best.cid };
  }
}

/** The rows of a plan that need a decision. */
export function waitingEntries(plan: StoredPlan): StoredPlan['entries'] {
  return plan.entries.filter((row) => row.status === 'needs_review');
}
