import type { PlanDocument, PlanRow } from '../plan/plan-document.js';
import { bindObstacle } from './bind-obstacle.js';

/** Rows that wait for a person although everything that was found for them is one content, and its best copy. */
export function identicalRows(
  plan: PlanDocument,
  only: { under?: string | undefined; type?: string | undefined },
): { row: PlanRow; cid: string }[] {
  const directory = only.under === undefined ? undefined : `${only.under.replace(/\/+$/, '')}/`;
  return plan.rows.flatMap((row) => {
    if (row.status !== 'needs_review' || bindObstacle(row) !== undefined) return [];
    if (only.type !== undefined && row.artifact_type !== only.type) return [];
    if (directory !== undefined && row.file_path?.startsWith(directory) !== true) return [];
    const left = row.candidates.filter((one) => one.rejected === null);
    const [best] = left;
    // What was not read may be anything.
    const isKnown = best !== undefined && !best.content.startsWith('unread:');
    return isKnown && new Set(left.map((one) => one.content)).size === 1 ? [{ row, cid: best.cid }] : [];
  });
}
