import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonPieces } from '../../src/cli/terminal/json-pieces.js';
import { caseCount } from '../support/property-runs.js';

it('is what JSON.stringify writes, whatever is in it and however long its lists are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(700), (item, items) => {
      const list = Array.from({ length: items }, () => item);
      const value = {
        item,
        absent: undefined,
        list,
        summary: { none: [], rows: list, last: { 'a "name"': list } },
      };
      expect([...jsonPieces(value)].join('')).toBe(JSON.stringify(value, null, 2));
      expect([...jsonPieces(item)].join('')).toBe(JSON.stringify(item, null, 2));
    }),
    { numRuns: caseCount(40) },
  );
});

it('never has a long list in one piece', () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({ id: i, path: 'x'.repeat(500) }));
  const lengths = Array.from(jsonPieces({ summary: { rows }, findings: rows }), ({ length }) => length);
  expect(lengths.reduce((total, length) => total + length, 0)).toBeGreaterThan(20_000_000);
  expect(lengths.filter((length) => length > 70_000)).toEqual([]);
});
