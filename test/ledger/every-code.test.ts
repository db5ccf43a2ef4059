import { describe, expect, it } from 'vitest';
import { codes } from '../../src/core/codes.js';
import { answerScenarios } from './scenarios/answers.js';
import { checksumScenarios } from './scenarios/checksums.js';
import { indexingScenarios } from './scenarios/indexing.js';
import { listingScenarios } from './scenarios/listings.js';
import { recoveryScenarios } from './scenarios/recovery.js';
import { verdictScenarios } from './scenarios/verdicts.js';

const driven = [
  checksumScenarios,
  listingScenarios,
  indexingScenarios,
  recoveryScenarios,
  verdictScenarios,
  answerScenarios,
].flatMap((table) => Object.keys(table));

/** Error codes that are brought about elsewhere. */
const ELSEWHERE: Record<string, string> = {
  'work.dead_letter': 'fleet-codes.test.ts, as it takes a worker',
  'archive.unaccounted': 'reader-fault.test.ts, as it takes a fault in the reader',
};

describe('every error code of docs/codes.md', () => {
  it('is produced by a real run in test/ledger/scenarios/, or listed with the reason why not', () => {
    const errors = Object.entries(codes).flatMap(([code, { kind }]) => (kind === 'error' ? [code] : []));
    const known = [...driven, ...Object.keys(ELSEWHERE)];
    expect(
      errors.filter((code) => !known.includes(code)),
      'add a scenario for',
    ).toEqual([]);
    expect(
      known.filter((code) => !errors.includes(code)),
      'no error code any more',
    ).toEqual([]);
    expect(known.length, 'in two tables').toBe(new Set(known).size);
  });
});
