import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../src/core/bytes.js';
import { type Inventory, openInventory } from '../../src/inventory/open.js';
import type { VerifyTarget } from '../../src/jobs/listings/options.js';
import { openLister, openReader } from '../../src/objectstore/open.js';
import type { StoreLister } from '../../src/objectstore/port.js';
import { type Verified, verifyStores } from '../jobs/listings/world.js';
import { useCredentials } from '../support/credentials.js';
import { caseCount } from '../support/property-runs.js';
import { MemoryCatalog, startTestS3, type TestS3Server } from '../support/s3.js';
import { publish, type Row, rowsOf } from './support.js';

const DAY_MS = 86_400_000;

let server: TestS3Server;
let restore: () => void;
let bucket: MemoryCatalog;
let inventoryBucket: MemoryCatalog;

beforeAll(async () => {
  server = await startTestS3();
  restore = useCredentials(server);
});
afterAll(async () => {
  restore();
  await server.close();
});
beforeEach(() => {
  bucket = new MemoryCatalog();
  inventoryBucket = new MemoryCatalog();
  server.buckets.set('bucket', bucket).set('inventory', inventoryBucket);
});

const options = () => ({ endpointUrl: server.endpoint, region: 'us-east-1', pathStyle: true });
const listing = (url: string) => openLister(url, options());

const open = (url: string): Promise<Inventory> =>
  openInventory(url, 2 * DAY_MS, {
    reader: (place) => openReader(place, options()),
    lister: listing,
    now: () => new Date(),
    note: () => {},
    signal: new AbortController().signal,
  });

/** All that a result says but what the way it was found out costs. */
function essence({ outcome, findings }: Verified): unknown {
  const { list_requests, ...summary } = outcome.summary;
  return {
    summary,
    exitCode: outcome.exitCode,
    status: outcome.status,
    complete: outcome.completePrefixes,
    findings,
  };
}

it.each(['CSV', 'Parquet'] as const)(
  'a %s inventory tells the storage class as a listing does',
  async (format) => {
    const classes: [key: string, storageClass: string | undefined, accessTier?: string][] = [
      ['p/h/a.tar', 'GLACIER'],
      ['p/h/b.tar', 'DEEP_ARCHIVE'],
      ['p/h/c.tar', 'GLACIER_IR'],
      ['p/h/d.tar', undefined],
      ['p/h/e.tar', 'INTELLIGENT_TIERING', 'ARCHIVE'],
      ['p/h/f.tar', 'INTELLIGENT_TIERING', 'FREQUENT'],
    ];
    const rows = classes.map(([key, storageClass, accessTier]) => ({
      ...{ key, sizeBytes: 1, lastModifiedMs: Date.now() - DAY_MS },
      ...(storageClass === undefined ? {} : { storageClass }),
      ...(accessTier === undefined ? {} : { accessTier }),
    }));
    for (const { key, ...more } of rows) bucket.add(key, more);
    const { url } = await publish(inventoryBucket, rows, { format, classes: true });
    const inventory = await open(url);
    const classesIn = async (lister: StoreLister): Promise<Record<string, string | undefined>> => {
      const found: Record<string, string | undefined> = {};
      for await (const { objects } of lister.list()) for (const o of objects) found[o.key] = o.storageClass;
      return found;
    };
    try {
      expect(await classesIn(inventory.lister('s3://bucket/p/'))).toEqual({
        'p/h/a.tar': 'GLACIER',
        'p/h/b.tar': 'DEEP_ARCHIVE',
        'p/h/c.tar': undefined,
        'p/h/d.tar': undefined,
        'p/h/e.tar': 'ARCHIVE_ACCESS',
        'p/h/f.tar': undefined,
      });
      expect(await classesIn(listing('s3://bucket/p/'))).toMatchObject({
        'p/h/a.tar': 'GLACIER',
        'p/h/c.tar': 'GLACIER_IR',
        'p/h/d.tar': undefined,
      });
    } finally {
      await inventory.close();
    }
  },
);

async function keysOf(lister: StoreLister, range = {}): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of lister.list(range)) {
    expect(objects.length).toBeLessThanOrEqual(1000);
    keys.push(...objects.map(({ key }) => key));
  }
  return keys;
}

/** Names that layers between the bucket and the program might mangle or sort in another way. */
const oddPart = fc.oneof(
  fc.constantFrom(
    '😀',
    '\uFEFF',
    '\uFF5E',
    '\u0001',
    '\n',
    ' ',
    '+',
    '%',
    '%20',
    '"',
    "'",
    ',',
    'ü',
    'A',
    'a',
    '~',
    '-',
    '.',
    '/',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }).filter((text) => !text.includes('\0')),
);
const name = fc.array(oddPart, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
const key = fc
  .tuple(
    fc.constantFrom('p/', 'p/alpha/', 'p/beta/', 'p-old/', ''),
    name,
    fc.constantFrom(
      '.tar.gz',
      '.tar.gz.list.txt',
      '.tar',
      '.tar.list.txt',
      '.salvor-index',
      '',
      '.tar.gz.gpg',
    ),
  )
  .map((parts) => parts.join(''));
const object = fc.record({
  key,
  sizeBytes: fc.constantFrom(0, 1, 5000),
  hoursOld: fc.constantFrom(0, 30.5, 72.5, 2000.5),
});
const objects = fc.uniqueArray(object, { selector: (one) => one.key, minLength: 1, maxLength: 60 });

function plant(made: readonly { key: string; sizeBytes: number; hoursOld: number }[], nowMs: number): void {
  for (const { key, sizeBytes, hoursOld } of made) {
    // To the second, as a listing of S3 tells it.
    const lastModifiedMs = Math.floor((nowMs - hoursOld * 3_600_000) / 1000) * 1000;
    bucket.add(key, { sizeBytes, lastModifiedMs });
  }
}

describe.each(['CSV', 'Parquet'] as const)('an inventory in %s', (format) => {
  it('gives the same result as listing the same bucket', async () => {
    await fc.assert(
      fc.asyncProperty(
        objects,
        fc.constantFrom('s3://bucket/', 's3://bucket/p/'),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 1, max: 4 }),
        async (made, url, partitionDepth, files) => {
          bucket = new MemoryCatalog();
          server.buckets.set('bucket', bucket);
          plant(made, Date.now());
          fc.pre(rowsOf(bucket).some((row) => row.key.startsWith(url.slice('s3://bucket/'.length))));
          const { url: manifest } = await publish(inventoryBucket, rowsOf(bucket), { format, files });
          const inventory = await open(manifest);
          try {
            const how: Partial<VerifyTarget> = { partitionDepth, maxAgeMs: 3 * DAY_MS };
            const listed = await verifyStores([listing(url)], how);
            const read = await verifyStores([inventory.lister(url)], how);
            expect(essence(read)).toEqual(essence(listed));
          } finally {
            await inventory.close();
          }
        },
      ),
      { numRuns: caseCount(40) },
    );
  });

  it('lists keys strictly in UTF-8 byte order, within any range', async () => {
    const odd = [
      '😀',
      '\uFEFFa',
      '\uFF5E',
      '\u0001',
      '\n',
      '+',
      ' ',
      '%2B',
      'a/b',
      'a-b',
      'a',
      'A',
      'ü',
      'z'.repeat(900),
      `${'x'.repeat(500)}😀`,
      `${'x'.repeat(500)}\uFF5E`,
    ];
    for (const key of odd) bucket.add(`p/${key}`, { sizeBytes: 1, lastModifiedMs: 0 });
    const inventory = await open((await publish(inventoryBucket, rowsOf(bucket), { format })).url);
    try {
      const lister = inventory.lister('s3://bucket/p/');
      const sorted = odd.map((key) => `p/${key}`).sort(compareUtf8);
      expect(await keysOf(lister)).toEqual(sorted);
      for (let from = 0; from < sorted.length; from += 4) {
        const [startAfter, endAt] = [sorted[from], sorted[from + 5]];
        const range = { ...(startAfter && { startAfter }), ...(endAt && { endAt }) };
        expect(await keysOf(lister, range)).toEqual(await keysOf(listing('s3://bucket/p/'), range));
      }
      for (const [prefix, limit] of [
        ['p/', 1000],
        ['p/', 3],
        ['p/a', 1000],
        ['', 1000],
        ['nothing/', 10],
      ] as const) {
        expect(await lister.children(prefix, limit)).toEqual(
          await listing('s3://bucket/p/').children(prefix, limit),
        );
      }
    } finally {
      await inventory.close();
    }
  });

  it('comes in pages of 1,000 keys, dated by its creation', async () => {
    for (let i = 0; i < 4500; i += 1)
      bucket.add(`p/${i % 7}/a-${i}.tar`, { sizeBytes: 1, lastModifiedMs: 0 });
    const createdAtMs = Date.now() - 3_600_000;
    const inventory = await open(
      (await publish(inventoryBucket, rowsOf(bucket), { format, createdAtMs })).url,
    );
    try {
      const sizes: number[] = [];
      for await (const page of inventory.lister('s3://bucket/p/').list()) {
        sizes.push(page.objects.length);
        expect(page.serverTimeMs).toBe(createdAtMs);
      }
      expect(sizes).toEqual([1000, 1000, 1000, 1000, 500]);
    } finally {
      await inventory.close();
    }
  });

  it('with all versions shows the latest ones that are not delete markers, each key once', async () => {
    const rows: Row[] = [
      { key: 'p/a.tar', sizeBytes: 1, lastModifiedMs: 1000, versionId: '1', isLatest: false },
      { key: 'p/a.tar', sizeBytes: 2, lastModifiedMs: 2000, versionId: '2', isLatest: true },
      { key: 'p/gone.tar', sizeBytes: 1, lastModifiedMs: 1000, versionId: '1', isLatest: false },
      { key: 'p/gone.tar', sizeBytes: 0, lastModifiedMs: 2000, versionId: '2', isDeleteMarker: true },
      { key: 'p/twice.tar', sizeBytes: 6, lastModifiedMs: 6000, versionId: '2' },
      { key: 'p/twice.tar', sizeBytes: 5, lastModifiedMs: 5000, versionId: '1' },
    ];
    const inventory = await open((await publish(inventoryBucket, rows, { format, versions: true })).url);
    try {
      const found: unknown[] = [];
      for await (const { objects } of inventory.lister('s3://bucket/p/').list()) found.push(...objects);
      expect(found).toEqual([
        { key: 'p/a.tar', sizeBytes: 2, lastModifiedMs: 2000 },
        { key: 'p/twice.tar', sizeBytes: 6, lastModifiedMs: 6000 },
      ]);
    } finally {
      await inventory.close();
    }
  });
});
