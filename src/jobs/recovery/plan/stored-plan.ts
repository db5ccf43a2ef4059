import type { PlanHead, PlanRow, PlanStatus } from './plan-document.js';

/** What is known of a plan's row without reading it again. */
export interface PlanEntry {
  id: string;
  type: string;
  status: PlanStatus;
  candidates: number;
  /** Where the candidate to bind is; null where nothing is to be bound. */
  source: string | null;
  object: string | null;
}

/**
 * A plan of any length. Of each row only an entry is kept; whoever needs the row reads it, and lets go of it before
 * the next: a hundred thousand rows have gigabytes of candidates.
 */
export interface StoredPlan {
  readonly head: PlanHead;
  /** In the order of the plan. */
  readonly entries: readonly PlanEntry[];
  /** The rows of these entries, in their order. @throws Failure `plan.edited` when the file was changed meanwhile */
  read(entries: readonly PlanEntry[]): AsyncIterable<PlanRow>;
}

export function entryOf(row: PlanRow): PlanEntry {
  const chosen = row.status === 'to_bind' ? row.candidates.find((one) => one.cid === row.chosen) : undefined;
  return {
    id: row.id,
    type: row.artifact_type,
    status: row.status,
    candidates: row.candidates.length,
    source: chosen?.source ?? null,
    object: chosen?.object ?? null,
  };
}
