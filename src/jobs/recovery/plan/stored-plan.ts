import type { PlanHead, PlanRow, PlanStatus } from './plan-document.js';

/** The part of a plan row that is kept in memory. */
export interface PlanEntry {
  id: string;
  type: string;
  status: PlanStatus;
  candidates: number;
  /** The source of the candidate to bind; null if nothing will be bound. */
  source: string | null;
  object: string | null;
}

/**
 * A plan of any length. Only an entry per row is kept in memory. Readers process rows one at a time, because a hundred
 * thousand rows have gigabytes of candidates.
 */
export interface StoredPlan {
  readonly head: PlanHead;
  /** In plan order. */
  readonly entries: readonly PlanEntry[];
  /** Reads the rows of these entries, in order. @throws Failure `plan.edited` if the file changed in the meantime */
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
