import { describe, expect, it } from 'vitest';
import {
  type ArchiveStatus,
  type Evidence,
  evaluateArchive,
  evaluateMissingIndex,
  isStale,
  isYoung,
} from '../../../src/jobs/listings/judge/judge.js';

const BOTH = [false, true];
const LISTINGS = ['good', 'small', 'none'] as const;

/** Every evidence there can be. */
const everything: Evidence[] = LISTINGS.flatMap((listing) =>
  BOTH.flatMap((beforeCutoff) =>
    BOTH.flatMap((allowlisted) =>
      BOTH.flatMap((young) =>
        BOTH.map((seenBefore) => ({ listing, beforeCutoff, allowlisted, young, seenBefore })),
      ),
    ),
  ),
);

/** The table in words: which evidence leads to a status, said for every status by itself. */
const table: Record<ArchiveStatus, (e: Evidence) => boolean> = {
  present: (e) => e.listing === 'good',
  exempt: (e) => e.listing !== 'good' && (e.beforeCutoff || e.allowlisted),
  pending: (e) => e.listing !== 'good' && !e.beforeCutoff && !e.allowlisted && e.young && !e.seenBefore,
  missing: (e) => e.listing === 'none' && !e.beforeCutoff && !e.allowlisted && (!e.young || e.seenBefore),
  too_small: (e) => e.listing === 'small' && !e.beforeCutoff && !e.allowlisted && (!e.young || e.seenBefore),
};
const statuses = Object.keys(table) as ArchiveStatus[];

describe('judge', () => {
  it('knows 48 combinations of evidence', () => {
    expect(everything).toHaveLength(48);
  });

  it.each(everything)('returns exactly the status in the table for %o', (evidence) => {
    const { status } = evaluateArchive(evidence);
    expect(statuses.filter((candidate) => table[candidate](evidence))).toEqual([status]);
  });

  it.each(everything)('names the reason of an exemption, the cut-off first: %o', (evidence) => {
    const { status, exemptBy } = evaluateArchive(evidence);
    const reason = evidence.beforeCutoff ? 'cutoff' : 'allowlist';
    expect(exemptBy).toBe(status === 'exempt' ? reason : undefined);
  });

  it.each(everything)('excuses a missing index as it would a missing listing: %o', (evidence) => {
    expect(evaluateMissingIndex(evidence)).toBe(evaluateArchive({ ...evidence, listing: 'none' }).status);
  });
});

describe('isYoung', () => {
  it.each([
    [0, true],
    [3_599_999, true],
    [3_600_000, false],
    [-3_599_999, true],
    [-3_600_000, false],
  ])('an archive %s ms old within a grace of an hour: %s', (ageMs, expected) => {
    expect(isYoung(10_000_000 - ageMs, 10_000_000, 3_600_000)).toBe(expected);
  });

  it('treats no archive as young if there is no grace period', () => {
    expect(isYoung(10, 10, 0)).toBe(false);
    expect(isYoung(11, 10, 0)).toBe(false);
  });
});

describe('isStale', () => {
  it('is a listing older than its archive by more than the grace', () => {
    expect(isStale(999, 2000, 1000)).toBe(true);
    expect(isStale(1000, 2000, 1000)).toBe(false);
    expect(isStale(3000, 2000, 1000)).toBe(false);
  });
});
