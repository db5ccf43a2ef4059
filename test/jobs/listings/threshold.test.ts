import { expect, it } from 'vitest';
import { decideThreshold } from '../../../src/jobs/listings/judge/threshold.js';

it.each([
  ['all', 5, 0, 4, 5, true],
  ['all', 5, 0, 5, 5, false],
  ['new', 5, 2, 1, 2, true],
  ['new', 5, 2, 2, 2, false],
  ['new', 5, 0, 0, 0, false],
  ['all', 0, 0, 0, 0, false],
] as const)(
  'fail on %s: of %s violations, %s beyond the baseline, %s allowed: %s count, exceeded %s',
  (failOn, violations, beyondBaseline, maxMissing, counted, exceeded) => {
    const decision = decideThreshold({ violations, beyondBaseline }, { failOn, maxMissing });
    expect(decision).toEqual({ counted, exceeded });
  },
);
