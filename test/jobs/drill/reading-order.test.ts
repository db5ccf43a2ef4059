import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Place } from '../../../src/jobs/drill/backups.js';
import { readingOrder } from '../../../src/jobs/drill/reading-order.js';

const MIB = 1024 * 1024;

/** A member at a position of an archive of 160 MiB, by default with spans of 8 MiB. */
function placeAt(url: string, dataAt: number, { access = 'gzip', checkpoints = 20 } = {}): Place {
  const meta = { access, checkpoints, spanBytes: 8 * MIB, uncompressedBytes: 160 * MIB };
  return { archive: { url, index: { footer: { meta } } }, member: { dataAt } } as unknown as Place;
}

const subjects = (...names: string[]) => names.map((name) => ({ artifactId: name, sha256: name }));
const names = (ordered: { artifactId: string }[]): string =>
  ordered.map(({ artifactId }) => artifactId).join(' ');

it('the first comes first, and what is decoded with it follows', () => {
  const places = new Map([
    ['a', placeAt('x', 3 * MIB)],
    ['b', placeAt('x', 20 * MIB)],
    ['c', placeAt('x', 5 * MIB)],
    ['d', placeAt('y', 4 * MIB)],
    ['e', placeAt('x', 4 * MIB)],
  ]);
  expect(names(readingOrder(subjects('a', 'b', 'c', 'd', 'e'), places))).toBe('a c e b d');
});

it('the contents of a span too long to be kept follow in the order of the archive', () => {
  const long = { access: 'xz', checkpoints: 1 };
  const places = new Map([
    ['a', placeAt('x', 60 * MIB, long)],
    ['b', placeAt('x', 150 * MIB, long)],
    ['c', placeAt('y', 4 * MIB)],
    ['d', placeAt('x', 1 * MIB, long)],
  ]);
  expect(names(readingOrder(subjects('a', 'b', 'c', 'd'), places))).toBe('d a b c');
});

it('contents of an archive without compression, and those without a place, keep their turn', () => {
  const places = new Map([
    ['a', placeAt('x', 900, { access: 'plain' })],
    ['c', placeAt('x', 100, { access: 'plain' })],
  ]);
  expect(names(readingOrder(subjects('a', 'b', 'c', 'd'), places))).toBe('a b c d');
});

it('whatever the places: no content is lost, and of those not yet restored the first one is never passed over', () => {
  const place = fc.record({ url: fc.constantFrom('x', 'y'), at: fc.nat({ max: 32 * MIB - 1 }) });
  fc.assert(
    fc.property(fc.array(fc.option(place), { maxLength: 40 }), (given) => {
      const all = subjects(...given.map((_, i) => String(i)));
      const places = new Map(
        given.flatMap((one, i) => (one === null ? [] : [[String(i), placeAt(one.url, one.at)] as const])),
      );
      const ordered = readingOrder(all, places).map(({ artifactId }) => Number(artifactId));
      expect([...ordered].sort((a, b) => a - b)).toEqual(given.map((_, i) => i));
      const groupOf = (i: number): string => {
        const one = given[i];
        return one ? `${one.url} ${Math.floor(one.at / (8 * MIB))}` : String(i);
      };
      const seen = new Set<string>();
      const left = new Set(given.map((_, i) => i));
      for (const i of ordered) {
        const group = groupOf(i);
        if (!seen.has(group)) expect(group).toBe(groupOf(Math.min(...left)));
        seen.add(group);
        left.delete(i);
      }
    }),
  );
});
