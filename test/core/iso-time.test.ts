import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isoTime, timeText } from '../../src/core/iso-time.js';

it('never throws, and shows times that JavaScript cannot represent unchanged', () => {
  fc.assert(
    fc.property(fc.double(), (ms) => {
      expect(typeof timeText(ms)).toBe('string');
      expect(isoTime(ms) === null || timeText(ms) === isoTime(ms)).toBe(true);
    }),
  );
  expect(timeText(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
  expect(timeText(99_999_999_999_999_000)).toBe('99999999999999 s since 1970');
  expect(timeText(-99_999_999_999_999_000)).toBe('-99999999999999 s since 1970');
  expect(timeText(Number.POSITIVE_INFINITY)).toBe('Infinity s since 1970');
  expect(timeText(new Date(Number.NaN))).toBe('invalid date');
});

/** One odd date in a file, an archive or a commit must not end a run; `toISOString` throws for it. */
it('is the only place that calls toISOString', () => {
  const src = join(import.meta.dirname, '../../src');
  const found = execFileSync('grep', ['-rln', 'toISOString', src], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && !/core\/iso-time|dashboard\/pages|\/demo\//.test(file));
  expect(found, 'use isoTime or timeText of core/iso-time.ts').toEqual([]);
});
