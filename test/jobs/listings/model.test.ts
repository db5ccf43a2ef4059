import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../../src/core/glob.js';
import { Allowlist } from '../../../src/jobs/listings/judge/allowlist.js';
import { FakeLister, type FakeObject, NOW_MS } from '../../support/lister.js';
import { caseCount } from '../../support/property-runs.js';
import { verifyStores } from './world.js';

const HOUR_MS = 3_600_000;
const SINCE_MS = NOW_MS - 10 * 24 * HOUR_MS;
const isArchive = (key: string): boolean => /\.(tar(\.(gz|zst|xz|bz2))?|t(gz|zst|xz|bz2))$/i.test(key);

type PlainObject = Required<Omit<FakeObject, 'storageClass'>>;

/** An empty archive is an error unless it is excused. */
const isEmptyError = ({ key, sizeBytes, lastModifiedMs }: PlainObject): boolean =>
  isArchive(key) && sizeBytes === 0 && lastModifiedMs >= SINCE_MS && !key.startsWith('p/h2/b');

/** What one bucket holds by plain sets and loops: slow, whole in memory, and easy to see through. */
function naiveCounts(objects: readonly PlainObject[]) {
  const byKey = new Map(objects.map((object) => [object.key, object]));
  const counts = {
    present: 0,
    missing: 0,
    too_small: 0,
    pending: 0,
    exempt: 0,
    stale: 0,
    orphan_listings: 0,
    archives_empty: 0,
  };
  for (const { key, lastModifiedMs, sizeBytes } of objects) {
    if (key.endsWith('.list.txt') && isArchive(key.slice(0, -9)) && !byKey.has(key.slice(0, -9))) {
      counts.orphan_listings += 1;
    }
    if (!isArchive(key)) continue;
    if (sizeBytes === 0) counts.archives_empty += 1;
    const listing = byKey.get(`${key}.list.txt`);
    const isGood = listing !== undefined && listing.sizeBytes >= 1;
    if (isGood) {
      counts.present += 1;
      if (listing.lastModifiedMs < lastModifiedMs - HOUR_MS) counts.stale += 1;
    } else if (lastModifiedMs < SINCE_MS || key.startsWith('p/h2/b')) counts.exempt += 1;
    else if (NOW_MS - lastModifiedMs < HOUR_MS) counts.pending += 1;
    else if (listing === undefined) counts.missing += 1;
    else counts.too_small += 1;
  }
  return counts;
}

const object = fc.record({
  key: fc
    .tuple(
      fc.constantFrom('', 'h1/', 'h2/', 'h2/daily/', 'h3.tar/'),
      fc.constantFrom('a', 'b', 'a.tar', 'b-2026', '\u{1F600}'),
      fc.constantFrom('', '.tar', '.tar.gz', '.TGZ', '.tzst', '.gz', '.tar.gz.gpg'),
      fc.constantFrom('', '', '.list.txt', '.salvor-index', '.bak'),
    )
    .map((parts) => `p/${parts.join('')}`)
    .filter((key) => !key.endsWith('/')),
  sizeBytes: fc.constantFrom(0, 1, 500),
  lastModifiedMs: fc.integer({ min: 0, max: 24 * 14 }).map((half) => NOW_MS - half * HOUR_MS),
});
const bucket = fc.uniqueArray(object, { selector: ({ key }) => key, minLength: 1, maxLength: 60 });

describe('the verifier and a naive model', () => {
  it('count the same in every bucket, whatever the page size and the number of ranges', async () => {
    await fc.assert(
      fc.asyncProperty(
        bucket,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        async (objects, pageSize, concurrency) => {
          fc.pre(objects.some(({ key }) => isArchive(key)));
          const glob = compileGlob('p/h2/b**');
          if ('problem' in glob) throw new Error(glob.problem);
          const { outcome } = await verifyStores([new FakeLister(objects, { prefix: 'p/', pageSize })], {
            sinceMs: SINCE_MS,
            allowlist: new Allowlist('list', [{ text: glob.text, line: 1, glob }]),
            concurrency,
          });
          expect(outcome.summary).toMatchObject(naiveCounts(objects));
          expect(outcome.summary.keys_scanned).toBe(objects.length);
          const { missing, too_small, violations } = outcome.summary;
          expect(violations).toBe(missing + too_small);
          expect(outcome.exitCode).toBe(violations > 0 || objects.some(isEmptyError) ? 1 : 0);
          expect(outcome.failures).toEqual([]);
        },
      ),
      { numRuns: caseCount(1000) },
    );
  });

  it('partitions add up to the totals, field by field', async () => {
    await fc.assert(
      fc.asyncProperty(bucket, fc.integer({ min: 0, max: 3 }), async (objects, partitionDepth) => {
        fc.pre(objects.some(({ key }) => isArchive(key)));
        const { outcome } = await verifyStores([new FakeLister(objects, { prefix: 'p/', pageSize: 7 })], {
          partitionDepth,
        });
        const { summary } = outcome;
        for (const field of [
          'archives_total',
          'present',
          'missing',
          'keys_scanned',
          'bytes_archived',
          'violations',
          'other',
          'unrecognised',
        ] as const) {
          expect(summary.partitions.reduce((sum, one) => sum + one[field], 0)).toBe(summary[field]);
        }
        for (const one of summary.partitions) {
          expect(one.series.reduce((sum, { archives }) => sum + archives, 0)).toBe(one.archives_total);
        }
      }),
      { numRuns: caseCount(300) },
    );
  });
});
