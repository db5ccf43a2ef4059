import type { PlanRow } from '../plan/plan-document.js';

/** Why a row can't be bound whatever a person accepts; undefined when it can. */
export function bindObstacle(row: PlanRow): string | undefined {
  if (row.status === 'external_reference') return 'its file is elsewhere: nothing is bound to it';
  if (row.rule === 'blocked') return `no candidate can be bound to it: ${row.explanation}`;
  // Rows that a registry remembers of older versions have none.
  if (row.obstacle == null) return undefined;
  return `no candidate can be bound to it, because its file cannot be put there: ${row.obstacle}. Correct its file_path, then make a new plan`;
}
