import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordSorter } from '../../../src/jobs/indexing/siblings/record-sorter.js';
import { caseCount } from '../../support/property-runs.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-sorter-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the record sorter', () => {
  it('sorts by bytes and keeps the order of equals, however little memory it has', () => {
    const record = fc.tuple(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 60 }),
        fc.integer({ min: 16, max: 3000 }),
        (records, arena) => {
          const sorter = new RecordSorter(directory, arena);
          for (const [key, value] of records) sorter.add(key, value);
          const sorted = [...sorter.sorted()].map(({ key, value }) => [Buffer.from(key), Buffer.from(value)]);
          sorter.close();
          const expected = records
            .map(([key, value]): [Buffer, Buffer] => [Buffer.from(key), Buffer.from(value)])
            .sort(([a], [b]) => a.compare(b));
          expect(sorted).toEqual(expected);
        },
      ),
      { numRuns: caseCount(300) },
    );
    expect(readdirSync(directory)).toEqual([]);
  });
});
