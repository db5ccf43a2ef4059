import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/core/bytes.js';
import { listInRanges } from '../../../src/jobs/listings/ranges/list-in-ranges.js';
import type { RangeResult } from '../../../src/jobs/listings/ranges/types.js';
import { SimulatedStore } from '../../support/simulated-store.js';

const pad = (n: number, digits: number): string => String(n).padStart(digits, '0');
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const DAYS = times(6000, (i) => new Date(Date.UTC(2009, 0, 1) + i * 86_400_000).toISOString().slice(0, 10));
const day = (index: number): string => DAYS[index] ?? '';
const md5 = (i: number): string => createHash('md5').update(String(i)).digest('hex');

const dated = (host: string, days: number, perDay: number): string[] =>
  times(
    days * perDay,
    (i) => `backups/${host}/db-${day(Math.floor(i / perDay))}T${pad(i % perDay, 4)}.tar.gz`,
  );

const word = (i: number): string =>
  times(4, (d) => String.fromCharCode(97 + (Math.floor(i / 26 ** (3 - d)) % 26))).join('');

const LAYOUTS: Record<string, () => string[]> = {
  'numbered, flat': () => times(400_000, (i) => `backups/file-${pad(i, 9)}.tar.gz`),
  'numbered, in a wide space': () => times(300_000, (i) => `backups/${pad(i, 20)}`),
  'digests, flat': () => times(300_000, md5),
  'digests in two levels': () => times(300_000, (i) => md5(i).replace(/^(..)/, '$1/')),
  'twenty hosts alike': () => times(20, (i) => dated(`host-${pad(i, 2)}`, 1500, 10)).flat(),
  'one host': () => dated('the-only-host', 2000, 160),
  'one host has nearly all': () =>
    [dated('huge', 2500, 140), ...[...'abcxyz'].map((host) => dated(host, 30, 4))].flat(),
  'two hosts of one and nine tenths': () => [...dated('h1', 600, 100), ...dated('h2', 5400, 100)],
  'sixty hosts of sizes one to sixty': () =>
    times(60, (i) => dated(`node${pad(i, 3)}`, 10 * (i + 1), 18)).flat(),
  'a directory for each day': () =>
    times(
      330_000,
      (i) => `backups/host/${day(Math.floor(i / 110)).replaceAll('-', '/')}/part-${pad(i % 110, 4)}.tar`,
    ),
  'flat and dated': () =>
    times(300_000, (i) => `${day(Math.floor(i / 120))}-dump-${pad(i % 120, 3)}.tar.zst`),
  words: () => times(26 ** 4, (i) => `${word(i)}.tgz`),
  'names beyond ASCII': () =>
    times(250_000, (i) => `档案/${String.fromCharCode(0x4e00 + Math.floor(i / 50))}${pad(i % 50, 2)}`),
};

const sorted = (keys: string[]): string[] => keys.sort(compareUtf8);

/** Lists the store, and gives out each range's keys. */
function keysByRange(store: SimulatedStore, concurrency: number): Promise<RangeResult<string[]>[]> {
  return listInRanges(store, { concurrency }, () => {
    const keys: string[] = [];
    return {
      page: (page) => {
        for (const { key } of page.objects) keys.push(key);
      },
      end: () => keys,
    };
  });
}

describe.each(Object.entries(LAYOUTS))('keys: %s', (_name, make) => {
  it('sixteen workers are ten times as fast as one, at no more than a request for each range', async () => {
    const keys = sorted(make());
    const alone = new SimulatedStore(keys);
    await keysByRange(alone, 1);
    expect([alone.requests, alone.ticks]).toEqual([Math.ceil(keys.length / 1000), alone.requests]);

    const store = new SimulatedStore(keys);
    const ranges = await keysByRange(store, 16);
    expect(ranges.reduce((sum, range) => sum + range.result.length, 0)).toBe(keys.length);
    expect(alone.ticks / store.ticks).toBeGreaterThanOrEqual(10);
    expect(store.requests).toBeLessThanOrEqual(alone.requests + ranges.length);
  });
});

describe('the ranges of a listing', () => {
  const segment = fc.constantFrom(
    'a',
    'b',
    '0',
    '1',
    '9',
    '-',
    '.',
    '/',
    'é',
    '\uffee',
    '😀',
    '2026-04-24',
    'host',
    '%',
  );
  const anyKeys = fc.uniqueArray(
    fc.array(segment, { minLength: 1, maxLength: 8 }).map((parts) => `p/${parts.join('')}`),
    { maxLength: 300 },
  );

  it('hold every key once, sorted, disjoint and contiguous, whatever the keys are', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyKeys,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 7 }),
        async (some, n, size) => {
          const keys = sorted(some);
          const ranges = await keysByRange(new SimulatedStore(keys, 'p/', size), n);
          expect(ranges.flatMap((range) => range.result)).toEqual(keys);
          expect(ranges[0]?.startAfter).toBeUndefined();
          expect(ranges.at(-1)?.endAt).toBeUndefined();
          expect(ranges.slice(0, -1).map((range) => range.endAt)).toEqual(
            ranges.slice(1).map((range) => range.startAfter),
          );
          for (const { startAfter = '', endAt, result } of ranges) {
            expect(result.every((key) => compareUtf8(key, startAfter) > 0)).toBe(true);
            expect(result.every((key) => endAt === undefined || compareUtf8(key, endAt) <= 0)).toBe(true);
          }
        },
      ),
    );
  });

  it('are one, without any further request, if there is only one page', async () => {
    const store = new SimulatedStore(times(999, (i) => pad(i, 4)));
    expect(await keysByRange(store, 16)).toHaveLength(1);
    expect(store.requests).toBe(1);
  });
});

describe('a failure', () => {
  const keys = times(100_000, (i) => `f-${pad(i, 6)}`);

  it('of one page stops all ranges and is thrown', async () => {
    const store = new SimulatedStore(keys);
    const broken = new Error('a page broke');
    const list = listInRanges(store, { concurrency: 8 }, () => ({
      page: (page) => {
        if ((page.objects[0]?.key ?? '') > 'f-050000') throw broken;
      },
      end: () => 0,
    }));
    await expect(list).rejects.toBe(broken);
    const requests = store.requests;
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.requests).toBe(requests);
  });

  it('by an aborted signal is not a failure: its reason is thrown', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    let pages = 0;
    const list = listInRanges(new SimulatedStore(keys), { concurrency: 8, signal: stop.signal }, () => ({
      page: () => {
        pages += 1;
        if (pages === 20) stop.abort(reason);
      },
      end: () => 0,
    }));
    await expect(list).rejects.toBe(reason);
    await expect(
      listInRanges(new SimulatedStore(keys), { concurrency: 8, signal: stop.signal }, () => ({
        page: () => {},
        end: () => 0,
      })),
    ).rejects.toBe(reason);
  });
});
