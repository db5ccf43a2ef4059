import type { UnitDraft } from './port.js';

/** The number of units drafted and stored in one transaction. */
const DRAFT_UNITS = 32;

/** The drafted units, and whether they are the last. */
export interface Drafts {
  units: readonly UnitDraft[];
  isLast: boolean;
}

export const NO_DRAFTS: Drafts = { units: [], isLast: false };

/** The next units of a run. There may be fewer than `room` if the source has none at the moment, or on an abort. */
export async function nextDrafts(
  source: AsyncIterator<UnitDraft | undefined>,
  signal: AbortSignal,
): Promise<Drafts> {
  const units: UnitDraft[] = [];
  while (units.length < DRAFT_UNITS && !signal.aborted) {
    const draft = await source.next();
    if (draft.done === true) return { units, isLast: true };
    if (draft.value === undefined) break;
    units.push(draft.value);
  }
  return { units, isLast: false };
}
