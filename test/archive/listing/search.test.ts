import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCounter } from '../../../src/archive/listing/line-counter.js';
import { MAX_LINE_BYTES } from '../../../src/archive/listing/lines.js';
import { MIN_NEEDLE_BYTES, Needles } from '../../../src/archive/listing/needles.js';
import { ListingSearch, type SearchSummary } from '../../../src/archive/listing/search.js';
import { caseCount } from '../../support/property-runs.js';

function search(
  text: string | Buffer,
  needles: string[],
  width = Number.POSITIVE_INFINITY,
): { names: string[]; summary: SearchSummary } {
  const names: string[] = [];
  const one = new ListingSearch(new Needles(needles), { entry: (entry) => names.push(entry.name) });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += width) one.push(bytes.subarray(at, at + width));
  return { names, summary: one.end() };
}

const verbose = (name: string): string => `-rw-r--r-- root/root 12 2026-04-24 03:11 ${name}\n`;

describe('the search for names in a listing', () => {
  it('finds exactly the lines that hold a needle in any case, at every chunk width', () => {
    const needle = fc.string({
      unit: fc.constantFrom(...'abAB1_.'),
      minLength: MIN_NEEDLE_BYTES,
      maxLength: 9,
    });
    const line = fc.string({ unit: fc.constantFrom(...'abAB1_./'), minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(needle, { minLength: 1, maxLength: 6 }),
        fc.array(line, { maxLength: 30 }),
        fc.integer({ min: 1, max: 60 }),
        (needles, lines, width) => {
          const shortest = Math.min(...needles.map((one) => one.length));
          const windows = needles.map((one) => one.slice(-shortest).toLowerCase());
          const expected = lines.filter((one) => windows.some((w) => one.toLowerCase().includes(w)));
          const { names, summary } = search(lines.map((one) => `${one}\n`).join(''), needles, width);
          expect(names).toEqual(expected);
          expect(summary).toMatchObject({ lines: lines.length, truncated: false, verbose: false });
        },
      ),
      { numRuns: caseCount(300) },
    );
  });

  it('counts lines and those that begin no entry, at every alignment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('-rw', 'x', '', '\n', '\x0b\x09', 'drwx'), { maxLength: 60 }),
        fc.nat(7),
        (parts, offset) => {
          const text = `${parts.join('\n')}\n`;
          const buffer = Buffer.alloc(text.length + offset);
          buffer.write(text, offset);
          const counter = new LineCounter();
          const odd: number[] = [];
          counter.push(buffer.subarray(offset), { odd: (start) => odd.push(start) });
          const lines = text.split('\n').slice(0, -1);
          expect(counter.lines).toBe(lines.length);
          expect(odd.length).toBe(lines.filter((one) => !/^[-dlhbcpsCDMNSVLKA?][-r]/.test(one)).length);
        },
      ),
    );
  });

  it('a truncated last line is searched and reported', () => {
    const { names, summary } = search(verbose('a/wanted.csv') + verbose('b/wanted.csv').trimEnd(), [
      'wanted',
    ]);
    expect(names).toEqual(['a/wanted.csv', 'b/wanted.csv']);
    expect(summary.truncated).toBe(true);
  });

  it('what begins no entry in a verbose listing is counted, found or not', () => {
    const text = `${verbose('x')}tar: wanted.csv: file changed\n${verbose('a/wanted.csv')}-rw-r--r-- wanted.csv\n`;
    const { names, summary } = search(text, ['wanted']);
    expect(names).toEqual(['a/wanted.csv']);
    // The message is one of tar's own, and no entry.
    expect(summary).toMatchObject({ lines: 4, unreadable: 1 });
  });

  it('a message before the first entry does not hide that a listing is verbose', () => {
    const text = `tar: Removing leading \`/' from member names\n\n${verbose('a/wanted.csv')}`;
    expect(search(text, ['wanted'])).toMatchObject({ names: ['a/wanted.csv'], summary: { verbose: true } });
  });

  it('an overlong line is counted and not kept, wherever the chunks end', () => {
    const long = 'x'.repeat(MAX_LINE_BYTES + 10);
    for (const width of [1000, 65_536, Number.POSITIVE_INFINITY]) {
      const { names, summary } = search(`a/wanted.csv\n${long}wanted\nb/wanted.csv\n`, ['wanted'], width);
      expect(names.filter((name) => name.length < 100)).toEqual(['a/wanted.csv', 'b/wanted.csv']);
      expect(summary.truncated).toBe(false);
    }
  });

  it('needles that are too short are refused', () => {
    expect(() => new Needles(['ab'])).toThrow();
    expect(() => new Needles([])).toThrow();
  });
});
