import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../../src/core/bytes.js';
import { joinRanges } from '../../../src/jobs/listings/distributed/join-ranges.js';
import type { RangeResult } from '../../../src/jobs/listings/ranges/types.js';
import { KeyClassifier } from '../../../src/jobs/listings/scan/classify-key.js';
import { KeyScan, type PageWork, type RangeEnds } from '../../../src/jobs/listings/scan/key-scan.js';
import { Partitions } from '../../../src/jobs/listings/scan/partitions.js';
import { NOW_MS } from '../../support/lister.js';
import { caseCount } from '../../support/property-runs.js';

const classifier = new KeyClassifier({ listingSuffix: '.list.txt' });
const signal = new AbortController().signal;

/** What a scan decided: each archive with its siblings, and the siblings without an archive. */
interface Decided {
  archives: Map<string, string>;
  orphans: string[];
}

/** Scans ranges that end behind the given keys, in pages, and joins them. A range index in `broken` breaks off there. */
async function scanInRanges(
  keys: readonly string[],
  ends: readonly string[],
  pageSize: number,
  broken?: { range: number; keep: number },
): Promise<Decided> {
  const works: PageWork[] = [];
  const settle = async (work: PageWork): Promise<void> => {
    works.push(work);
  };
  const context = {
    classifier,
    listingSuffix: '.list.txt',
    partitions: new Partitions('', 1),
    signal,
    settle,
  };
  const bounds = [undefined, ...ends, undefined];
  const results: RangeResult<RangeEnds>[] = [];
  for (let i = 0; i + 1 < bounds.length; i += 1) {
    const [startAfter, endAt] = [bounds[i], bounds[i + 1]];
    const scan = new KeyScan(startAfter, context);
    const all = keys.filter((key) => isWithin(key, startAfter, endAt));
    const own = broken?.range === i ? all.slice(0, broken.keep) : all;
    for (let from = 0; from < own.length; from += pageSize) {
      const objects = own
        .slice(from, from + pageSize)
        .map((key) => ({ key, sizeBytes: 1, lastModifiedMs: 0 }));
      await scan.page({ objects, serverTimeMs: NOW_MS });
    }
    if (broken?.range === i) await scan.page({ objects: [], serverTimeMs: 0, gap: { upTo: undefined } });
    results.push({ startAfter, endAt, result: scan.end() });
  }
  const joined = joinRanges(results);
  const closed = [...works.flatMap((work) => work.closed), ...joined.closed];
  const orphans = [...works.flatMap((work) => work.orphans), ...joined.orphans];
  return {
    archives: new Map(closed.map((a) => [a.object.key, `${a.listing?.key ?? '-'} ${a.index?.key ?? '-'}`])),
    orphans: orphans.map(({ object }) => object.key).sort(compareUtf8),
  };
}

function isWithin(key: string, after: string | undefined, upTo: string | undefined): boolean {
  return (
    (after === undefined || compareUtf8(key, after) > 0) &&
    (upTo === undefined || compareUtf8(key, upTo) <= 0)
  );
}

/** The truth by sets, whatever the order. */
function reference(keys: readonly string[]): Decided {
  const all = new Set(keys);
  const archives = keys.filter((key) => classifier.kindOf(key) === 'archive');
  const sibling = (key: string): string => (all.has(key) ? key : '-');
  const orphan = (key: string): boolean =>
    (classifier.kindOf(key) === 'listing' && !all.has(key.slice(0, -'.list.txt'.length))) ||
    (classifier.kindOf(key) === 'index' && !all.has(key.slice(0, -'.salvor-index'.length)));
  return {
    archives: new Map(
      archives.map((key) => [key, `${sibling(`${key}.list.txt`)} ${sibling(`${key}.salvor-index`)}`]),
    ),
    orphans: keys.filter(orphan).sort(compareUtf8),
  };
}

/** Keys that get in each other's way: archives that begin with archives, siblings of all of them, and strangers. */
const key = fc
  .tuple(
    fc.constantFrom('', 'h/', 'h.tar/'),
    fc.constantFrom('a', 'a.tar', 'a.tar.gz', 'b', '\u{1F600}', '\uFF5E'),
    fc.array(
      fc.constantFrom(
        '.tar',
        '.gz',
        '.tar.gz',
        '.list.txt',
        '.salvor-index',
        '.bak',
        '\u0000',
        ' ',
        '-',
        '/x',
      ),
      { maxLength: 4 },
    ),
  )
  .map(([directory, name, rest]) => `${directory}${name}${rest.join('')}`);
const keySet = fc.uniqueArray(key, { maxLength: 40 }).map((keys) => keys.sort(compareUtf8));
const sortedEnds = (ends: string[]): string[] => [...new Set(ends)].sort(compareUtf8);
const ends = fc.array(key, { maxLength: 6 }).map(sortedEnds);

describe('ranges', () => {
  it('any split, in any pages, gives the same result as sets in memory', async () => {
    await fc.assert(
      fc.asyncProperty(keySet, ends, fc.integer({ min: 1, max: 7 }), async (keys, ends, pageSize) => {
        expect(await scanInRanges(keys, ends, pageSize)).toEqual(reference(keys));
      }),
      { numRuns: caseCount(3000) },
    );
  });

  it('a split after every single key gives the same result', async () => {
    await fc.assert(
      fc.asyncProperty(keySet, async (keys) => {
        expect(await scanInRanges(keys, keys, 3)).toEqual(reference(keys));
      }),
      { numRuns: caseCount(500) },
    );
  });

  it('a range that breaks off leaves keys undecided and decides nothing wrong', async () => {
    const broken = fc.record({ range: fc.nat(6), keep: fc.nat(20) });
    await fc.assert(
      fc.asyncProperty(keySet, ends, broken, async (keys, ends, broken) => {
        const truth = reference(keys);
        const decided = await scanInRanges(keys, ends, 3, broken);
        for (const [archive, siblings] of decided.archives)
          expect(siblings).toBe(truth.archives.get(archive));
        for (const orphan of decided.orphans) expect(truth.orphans).toContain(orphan);
      }),
      { numRuns: caseCount(3000) },
    );
  });

  it('an archive whose name begins with another one keeps the listings apart', async () => {
    const keys = ['a.tar', 'a.tar.gz', 'a.tar.gz.list.txt', 'a.tar.gz.salvor-index', 'a.tar.list.txt'];
    const { archives, orphans } = await scanInRanges(keys, [], 1000);
    expect([...archives]).toEqual([
      ['a.tar.gz', 'a.tar.gz.list.txt a.tar.gz.salvor-index'],
      ['a.tar', 'a.tar.list.txt -'],
    ]);
    expect(orphans).toEqual([]);
  });
});
