import type { PlanRow } from '../plan/plan-document.js';

/** Why a row cannot be bound, whatever a person accepts; undefined if it can. */
export function bindObstacle(row: PlanRow): string | undefined {
  if (row.status === 'external_reference') return 'its file is elsewhere, so no candidate can be bound';
  if (row.rule === 'blocked') return `no candidate can be bound: ${row.explanation}`;
  // Stored rows of older versions have no obstacle.
  if (row.obstacle == null) return undefined;
  return `no candidate can be bound, because its file cannot be placed: ${row.obstacle}. Fix its file_path, then make a new plan`;
}
