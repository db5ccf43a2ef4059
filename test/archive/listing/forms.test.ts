import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ListingEntry } from '../../../src/archive/listing/entry.js';
import { Needles } from '../../../src/archive/listing/needles.js';
import { ListingReader, type ListingSummary } from '../../../src/archive/listing/reader.js';
import { ListingSearch, type SearchSummary } from '../../../src/archive/listing/search.js';
import { decodeName } from '../../../src/archive/names.js';
import { caseCount } from '../../support/property-runs.js';
import { FORMS, gnu, listingOf } from './listing-forms.js';

function read(bytes: Buffer): { entries: ListingEntry[]; summary: ListingSummary } {
  const entries: ListingEntry[] = [];
  const reader = new ListingReader((entry) => entries.push(entry));
  for (let at = 0; at < bytes.length; at += 7) reader.push(bytes.subarray(at, at + 7));
  return { entries, summary: reader.end() };
}

function search(bytes: Buffer, needle: string): { readings: string[][]; summary: SearchSummary } {
  const readings: string[][] = [];
  const one = new ListingSearch(new Needles([needle]), {
    entry: (entry) => readings.push([entry.name, ...entry.alternatives]),
  });
  for (let at = 0; at < bytes.length; at += 11) one.push(bytes.subarray(at, at + 11));
  return { readings, summary: one.end() };
}

const ordinary = fc.string({
  unit: fc.constantFrom(...'abcXYZ01._- "\'ü名#=:'),
  minLength: 1,
  maxLength: 12,
});
const hostile = fc.oneof(
  ordinary,
  fc.string({
    unit: fc.constantFrom('a', '\t', '\n', '\r', '\\', ' -> ', ' link to ', ' == ', 'ü'),
    maxLength: 6,
  }),
  fc
    .uint8Array({ minLength: 1, maxLength: 10 })
    .map((bytes) => decodeName(bytes.filter((byte) => byte !== 0 && byte !== 0x2f))),
);
const path = fc.tuple(hostile, fc.nat(99)).map(([name, number]) => `./data/${name}/wanted-${number}.csv`);

/** Its second half alone would be a byte that is not UTF-8. */
const BEYOND_THE_BASIC_PLANE = './data/\u{10480}/wanted-0.csv';

describe('every form that a listing is found in', () => {
  for (const [title, form] of Object.entries(FORMS)) {
    it(`${title}: each name is read back, or its line is counted as unreadable`, () => {
      fc.assert(
        fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 8 }), (names) => {
          // In a byte order of two bytes there are no bytes that are not UTF-8.
          const usable =
            form.encode === undefined ? names : names.filter((name) => !/[\udc80-\udcff]/u.test(name));
          const bytes = listingOf(form, usable);
          const { entries, summary } = read(bytes);
          expect(summary.entries + summary.noise + summary.unreadable).toBe(summary.lines);
          const found = new Set(entries.flatMap((entry) => [entry.name, ...entry.alternatives]));
          const lost = usable.filter((name) => !found.has(name));
          expect({ lost: lost.length, unreadable: summary.unreadable }).toSatisfy(
            (one: { lost: number; unreadable: number }) =>
              one.lost === 0 || one.unreadable > 0 || isCut(lost),
          );
        }),
        { numRuns: caseCount(40), examples: [[[BEYOND_THE_BASIC_PLANE]]] },
      );
    });

    it(`${title}: the search finds the name, and nothing is unreadable`, () => {
      const names = ['./data/a.csv', './data/b c.csv', './data/wanted file.csv', './z/w.csv'];
      const bytes = listingOf(form, names);
      const { readings, summary } = search(bytes, 'wanted');
      expect(readings).toHaveLength(1);
      expect(readings[0]).toContain('./data/wanted file.csv');
      expect(summary).toMatchObject({ unreadable: 0, truncated: false });
      expect(summary.foreign).toBeUndefined();
      expect(read(bytes).summary).toMatchObject({ entries: 4, unreadable: 0 });
    });
  }
});

/** A program that writes line ends as they are gives lines that are names of their own, in a list of names. */
function isCut(lost: readonly string[]): boolean {
  return lost.every((name) => /[\r\n]/.test(name));
}

describe('what is not a listing', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    [
      'messages only',
      'tar: a.tar: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n',
    ],
    [
      'a table of a form that is not known',
      'x.csv  12  2026-04-24  03:11  root\ny.csv  13  2026-04-24  03:12  root\n',
    ],
    ['a log', '2026-04-24 03:11:02 17 INFO started\n2026-04-24 03:11:09 18 INFO ended\n'],
    ['verbose lines that cannot be read', '-rw-r--r-- x y z data/a.csv\ndrwxr-xr-x x y z data/\n'],
  ])('%s says so', (_, text) => {
    expect(search(Buffer.from(text), 'wanted').summary.foreign).toBeDefined();
  });

  it('lines that cannot be read are counted, whether or not they hold a name that is looked for', () => {
    const text = `${gnu('a.csv')}\nwhat is this\n-rw-r--r-- x y z data/b.csv\n${gnu('c.csv')}\n`;
    expect(search(Buffer.from(text), 'wanted').summary).toMatchObject({ lines: 4, unreadable: 2 });
    expect(read(Buffer.from(text)).summary.unreadable).toBe(2);
  });
});

it('a heading that contains a wanted name is reported', () => {
  const lines: string[] = [];
  const one = new ListingSearch(new Needles(['wanted']), {
    entry: () => undefined,
    other: (line) => lines.push(line),
  });
  one.push(Buffer.from(`without wanted.csv\n${gnu('a.csv')}\n`));
  one.end();
  expect(lines).toEqual(['without wanted.csv']);
});
