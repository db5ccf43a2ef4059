import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountingProblems } from '../../../src/jobs/listings/report/accounting.js';
import { Tally } from '../../../src/jobs/listings/report/tally.js';

const counts = new Tally().counts(undefined);

describe('accountingProblems', () => {
  it('finds none if the sums add up', () => {
    const sound = {
      ...counts,
      archives_total: 3,
      present: 2,
      exempt: 1,
      exempt_by_cutoff: 1,
      keys_scanned: 5,
      other: 2,
    };
    expect(accountingProblems(sound)).toEqual([]);
  });

  it.each([
    'present',
    'missing',
    'too_small',
    'pending',
    'exempt',
    'other',
    'canaries',
    'keys_scanned',
  ] as const)('sees one too many in %s', (field) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (extra) => {
        expect(accountingProblems({ ...counts, [field]: extra })).not.toEqual([]);
      }),
    );
  });
});
