import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.js';
import { StopRequest } from '../../src/core/stop.js';
import { InventoryDatabase } from '../../src/inventory/database.js';
import { openInventory } from '../../src/inventory/open.js';
import { openLister, openReader } from '../../src/objectstore/open.js';
import { verifyStores } from '../jobs/listings/world.js';
import { useCredentials } from '../support/credentials.js';
import { faults, MemoryCatalog, startTestS3, type TestS3Server } from '../support/s3.js';
import {
  type InventoryOptions,
  type ManifestDocument,
  md5,
  publish,
  publishManifest,
  type Row,
} from './support.js';

const HOUR_MS = 3_600_000;

let server: TestS3Server;
let restore: () => void;
let bucket: MemoryCatalog;
let inventoryBucket: MemoryCatalog;
let scratch: string;
let previousTmp: string | undefined;
let notes: string[];

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
  scratch = mkdtempSync(join(tmpdir(), 'salvor-test-'));
  previousTmp = process.env.TMPDIR;
  process.env.TMPDIR = scratch;
  notes = [];
});
afterEach(() => {
  for (const operation of ['GetObject', 'ListObjectsV2']) server.fault(operation, undefined);
  if (previousTmp === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = previousTmp;
  // Whatever happened, nothing that was fetched stays behind.
  expect(readdirSync(scratch)).toEqual([]);
  rmSync(scratch, { recursive: true });
});

const options = () => ({
  endpointUrl: server.endpoint,
  region: 'us-east-1',
  pathStyle: true,
  retry: { attempts: 3, baseDelayMs: 1 },
});

function open(url: string, more: { maxAgeMs?: number; signal?: AbortSignal } = {}) {
  return openInventory(url, more.maxAgeMs ?? 48 * HOUR_MS, {
    reader: (place) => openReader(place, options()),
    lister: (place) => openLister(place, options()),
    now: () => new Date(),
    note: (message) => notes.push(message),
    signal: more.signal ?? new AbortController().signal,
  });
}

const rows = (...keys: string[]): Row[] =>
  keys.flatMap((key) =>
    [key, `${key}.list.txt`].map((one) => ({
      key: one,
      sizeBytes: 10,
      lastModifiedMs: Date.now() - 90 * HOUR_MS,
    })),
  );

function plant(...keys: string[]): void {
  for (const row of rows(...keys)) bucket.add(row.key, row);
}

/** Verifies by an inventory as the command line does, and closes it. */
async function verify(url: string, of = 's3://bucket/p/') {
  let inventory: Awaited<ReturnType<typeof open>> | undefined;
  try {
    inventory = await open(url);
    const { outcome, findings } = await verifyStores([inventory.lister(of)]);
    return { exitCode: outcome.exitCode, codes: outcome.failures.map(({ code }) => code), outcome, findings };
  } finally {
    await inventory?.close();
  }
}

const codeOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work;
    return 'no failure';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.code;
  }
};

const publishGood = (more: InventoryOptions = {}) => {
  plant('p/a/1.tar', 'p/b/1.tar');
  return publish(inventoryBucket, rows('p/a/1.tar', 'p/b/1.tar'), more);
};

describe('the manifest', () => {
  it('as S3 writes it is green, and only the coverage is checked in the bucket', async () => {
    const { url } = await publishGood();
    const { exitCode, outcome } = await verify(url);
    expect([exitCode, outcome.summary.archives_total, outcome.summary.list_requests]).toEqual([0, 2, 1]);
    expect(notes).toEqual([]);
  });

  it.each<[string, (manifest: ManifestDocument) => object, string]>([
    ['ORC', (m) => ({ ...m, fileFormat: 'ORC' }), 'inventory.format'],
    ['no format', ({ fileFormat, ...m }) => m, 'inventory.manifest'],
    ['no size', (m) => ({ ...m, fileSchema: 'Bucket, Key, LastModifiedDate' }), 'inventory.fields'],
    [
      'versions, and not which is the latest',
      (m) => ({ ...m, fileSchema: 'Bucket, Key, VersionId, Size, LastModifiedDate' }),
      'inventory.fields',
    ],
    [
      'a field twice',
      (m) => ({ ...m, fileSchema: 'Bucket, Key, Key, Size, LastModifiedDate' }),
      'inventory.fields',
    ],
    [
      'ten thousand fields',
      (m) => ({ ...m, fileSchema: `${m.fileSchema}${', X'.repeat(10_000)}` }),
      'inventory.fields',
    ],
    ['a negative size', (m) => ({ ...m, files: [{ ...m.files[0], size: -1 }] }), 'inventory.manifest'],
    [
      'a size beyond all numbers',
      (m) => ({ ...m, files: [{ ...m.files[0], size: 1e300 }] }),
      'inventory.manifest',
    ],
    ['no MD5', (m) => ({ ...m, files: [{ key: 'x', size: 1 }] }), 'inventory.manifest'],
    [
      'a key that leads out',
      (m) => ({ ...m, files: [{ ...m.files[0], key: '../../etc/passwd' }] }),
      'inventory.manifest',
    ],
    [
      'a key longer than any',
      (m) => ({ ...m, files: [{ ...m.files[0], key: 'k'.repeat(1025) }] }),
      'inventory.manifest',
    ],
    ['too many files', (m) => ({ ...m, files: Array(100_001).fill(m.files[0]) }), 'inventory.manifest'],
    ['a time of its own', (m) => ({ ...m, creationTimestamp: 'yesterday' }), 'inventory.manifest'],
    [
      'a time in the future',
      (m) => ({ ...m, creationTimestamp: String(Date.now() + HOUR_MS) }),
      'inventory.manifest',
    ],
    ['a list', () => [], 'inventory.manifest'],
  ])('with %s is refused', async (_, change, code) => {
    const { url } = await publishGood({ change });
    expect(await codeOf(verify(url))).toBe(code);
  });

  it.each([
    ['not JSON', '{"sourceBucket":'],
    ['nested without end', '['.repeat(1_000_000)],
    ['nested, and closed', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['empty', ''],
  ])('that is %s is refused', async (_, content) => {
    inventoryBucket.add('x/manifest.json', { content: Buffer.from(content) });
    expect(await codeOf(verify('s3://inventory/x/manifest.json'))).toBe('inventory.manifest');
  });

  it('of an implausible size is refused before it is read', async () => {
    inventoryBucket.add('x/manifest.json', { sizeBytes: 5e9 });
    expect(await codeOf(verify('s3://inventory/x/manifest.json'))).toBe('inventory.manifest');
  });

  it('that does not exist is a failure of the store', async () => {
    expect(await codeOf(verify('s3://inventory/x/manifest.json'))).toBe('store.not_found');
  });

  it('that contradicts its checksum is refused', async () => {
    const { url, manifestKey } = await publishGood();
    inventoryBucket.add(manifestKey.replace('.json', '.checksum'), { content: md5('another') });
    expect(await codeOf(verify(url))).toBe('inventory.corrupt');
  });

  it('without a checksum is accepted, with a warning', async () => {
    const { url, manifestKey } = await publishGood();
    await inventoryBucket.delete(manifestKey.replace('.json', '.checksum'));
    expect((await verify(url)).exitCode).toBe(0);
    expect(notes).toEqual([expect.stringContaining('no manifest.checksum')]);
  });

  it('older than allowed is refused, and says how old it is', async () => {
    const { url } = await publishGood({ createdAtMs: Date.now() - 49.5 * HOUR_MS });
    await expect(open(url)).rejects.toThrow(
      expect.objectContaining({ code: 'inventory.too_old', message: expect.stringContaining('2d 1h old') }),
    );
    const inventory = await open(url, { maxAgeMs: 50 * HOUR_MS });
    expect(Math.round(inventory.ageMs / HOUR_MS)).toBe(50);
    await inventory.close();
  });

  it('of another bucket is refused, and a directory has no inventory', async () => {
    const { url } = await publishGood();
    expect(await codeOf(verify(url, 's3://bucket-two/p/'))).toBe('inventory.other_bucket');
    expect(await codeOf(verify(url, 'file:///tmp/'))).toBe('usage.invalid');
  });
});

describe('a directory of inventories', () => {
  it('stands for the newest manifest in it', async () => {
    const { manifest } = await publishGood();
    for (const hours of [30, 5, 100]) {
      publishManifest(inventoryBucket, {
        ...manifest,
        creationTimestamp: String(Date.now() - hours * HOUR_MS),
      });
    }
    await inventoryBucket.delete(`${dirOf(Date.now())}/manifest.json`);
    const inventory = await open('s3://inventory/inventories/bucket/daily/');
    expect(inventory.url).toContain(dirOf(Date.now() - 5 * HOUR_MS));
    await inventory.close();
  });

  it('that has only old ones, or none, is refused', async () => {
    await publishGood({ createdAtMs: Date.now() - 200 * HOUR_MS });
    expect(await codeOf(open('s3://inventory/inventories/bucket/daily/'))).toBe('inventory.none');
    expect(await codeOf(open('s3://inventory/elsewhere/'))).toBe('inventory.none');
  });

  it('that was copied to a disk is read there', async () => {
    const { manifestKey, manifest } = await publishGood();
    const copy = mkdtempSync(join(previousTmp ?? '/tmp', 'salvor-copy-'));
    try {
      for (const key of [manifestKey, ...manifest.files.map((file) => file.key)]) await copyOut(key, copy);
      expect((await verify(`file://${copy}/${manifestKey}`)).exitCode).toBe(0);
      expect((await verify(`file://${copy}/inventories/bucket/daily/`)).exitCode).toBe(0);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

function dirOf(timeMs: number): string {
  return `inventories/bucket/daily/${new Date(timeMs).toISOString().slice(0, 16).replace(':', '-')}Z`;
}

async function copyOut(key: string, directory: string): Promise<void> {
  const reader = openReader('s3://inventory/', options());
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await reader.get(key)).body) chunks.push(chunk);
  await mkdir(dirname(join(directory, key)), { recursive: true });
  await writeFile(join(directory, key), Buffer.concat(chunks));
}

describe.each(['CSV', 'Parquet'] as const)('data files in %s', (format) => {
  it('that are missing are exit 3', async () => {
    const { url, manifest } = await publishGood({ format });
    await inventoryBucket.delete(manifest.files[1]?.key ?? '');
    expect(await verify(url)).toMatchObject({ exitCode: 3, codes: ['inventory.missing_file'] });
  });

  it('of another size, or with other bytes, are exit 3', async () => {
    const { url, manifest } = await publishGood({ format });
    const { key, size } = manifest.files[0] ?? { key: '', size: 0 };
    inventoryBucket.add(key, { sizeBytes: size + 1 });
    expect(await verify(url)).toMatchObject({ exitCode: 3, codes: ['inventory.corrupt'] });
    inventoryBucket.add(key, { sizeBytes: size });
    expect(await verify(url)).toMatchObject({ exitCode: 3, codes: ['inventory.corrupt'] });
  });

  it('that are not what the manifest says, with checksums that are right, are exit 3', async () => {
    const { manifest } = await publishGood({ format });
    const content = gzipSync('"nonsense"\n');
    const [first] = manifest.files;
    inventoryBucket.add(first?.key ?? '', { content });
    const lying = {
      ...manifest,
      files: [{ key: first?.key ?? '', size: content.length, MD5checksum: md5(content) }],
    };
    const { url } = publishManifest(inventoryBucket, lying);
    expect(await verify(url)).toMatchObject({ exitCode: 3, codes: ['inventory.corrupt'] });
  });

  it('with rows that cannot be in an inventory are exit 3, wherever those rows sort', async () => {
    const bad = [
      { ...rows('zzz')[0], key: 'k'.repeat(1025) } as Row,
      { key: 'p/x.tar', sizeBytes: -1, lastModifiedMs: 0 },
    ];
    plant('p/a/1.tar');
    for (const row of bad) {
      const { url } = await publish(inventoryBucket, [...rows('p/a/1.tar'), row], { format });
      const { exitCode, codes, outcome } = await verify(url);
      expect([exitCode, codes, outcome.summary.keys_scanned]).toEqual([3, ['inventory.corrupt'], 0]);
    }
  });

  it('of another bucket than the manifest says are exit 3', async () => {
    const { url } = await publishGood({ format, bucket: 'another' });
    expect(await verify(url)).toMatchObject({ exitCode: 3, codes: ['inventory.corrupt'] });
  });

  it('that break off while they are fetched are resumed', async () => {
    const { url } = await publishGood({ format });
    server.fault('GetObject', faults.breakOff(50, 'reset', 3));
    expect(await verify(url)).toMatchObject({ exitCode: 0, codes: [] });
  });

  it('that the store keeps refusing are exit 3', async () => {
    const { url } = await publishGood({ format });
    const inventory = await open(url);
    server.fault('GetObject', faults.error('SlowDown'));
    const { outcome } = await verifyStores([inventory.lister('s3://bucket/p/')]);
    await inventory.close();
    expect([outcome.exitCode, outcome.failures.map(({ code }) => code)]).toEqual([3, ['store.unavailable']]);
  });
});

describe('what an inventory covers', () => {
  it('an inventory with nothing below the URL is refused', async () => {
    plant('q/a/1.tar');
    const { url } = await publish(inventoryBucket, rows('q/a/1.tar'));
    expect(await verify(url)).toMatchObject({ exitCode: 3, codes: ['inventory.not_covering'] });
  });

  it('an inventory without data files is refused', async () => {
    const { manifest } = await publishGood();
    const { url } = publishManifest(inventoryBucket, { ...manifest, files: [] });
    expect(await verify(url)).toMatchObject({ exitCode: 3, codes: ['inventory.not_covering'] });
  });

  it.each([
    ['before', 'p/a/1.tar'],
    ['behind', 'p/z/1.tar'],
  ])('an inventory of one directory is refused when the bucket has older keys %s it', async (_, other) => {
    plant('p/m/1.tar', other);
    const { url } = await publish(inventoryBucket, rows('p/m/1.tar'));
    const { exitCode, codes, outcome } = await verify(url);
    expect([exitCode, codes]).toEqual([3, ['inventory.not_covering']]);
    // What was not looked at is not settled.
    expect(outcome.completePrefixes).toEqual([]);
  });

  it('an inventory of one directory is accepted if the bucket has nothing else, or only newer objects', async () => {
    plant('p/m/1.tar', 'p/m/2.tar');
    bucket.add('p/z/new.tar', { sizeBytes: 1, lastModifiedMs: Date.now() });
    const { url } = await publish(inventoryBucket, rows('p/m/1.tar', 'p/m/2.tar'));
    expect(await verify(url)).toMatchObject({ exitCode: 0, codes: [] });
  });

  it('if listing the bucket is not allowed, keys outside the URL prove it', async () => {
    plant('p/m/1.tar');
    server.fault('ListObjectsV2', faults.error('AccessDenied'));
    const alone = await publish(inventoryBucket, rows('p/m/1.tar'));
    expect(await verify(alone.url)).toMatchObject({ exitCode: 3, codes: ['inventory.not_covering'] });
    const others = await publish(inventoryBucket, rows('p/m/1.tar', 'q/1.tar'));
    expect(await verify(others.url)).toMatchObject({ exitCode: 0, codes: [] });
  });
});

describe('this machine', () => {
  it('without DuckDB says how to get it', async () => {
    const gone = async () => {
      throw Object.assign(new Error("Cannot find package '@duckdb/node-api'"), {
        code: 'ERR_MODULE_NOT_FOUND',
      });
    };
    await expect(InventoryDatabase.open(scratch, gone)).rejects.toThrow(
      expect.objectContaining({ code: 'inventory.no_duckdb', hint: expect.stringContaining('npm install') }),
    );
  });

  it('without space for the data files fetches none', async () => {
    const { url } = await publishGood({
      change: (m) => ({ ...m, files: m.files.map((file) => ({ ...file, size: 2 ** 52 })) }),
    });
    expect(await verify(url)).toMatchObject({ exitCode: 3, codes: ['inventory.no_space'] });
  });

  it('is isolated from all other files', async () => {
    const directory = mkdtempSync(join(previousTmp ?? '/tmp', 'salvor-confined-'));
    const database = await InventoryDatabase.open(directory);
    try {
      const read = async (): Promise<void> => {
        for await (const _ of database.query("SELECT * FROM read_csv('/etc/passwd', sep = ':')", [])) return;
      };
      await expect(read()).rejects.toThrow(/disabled by configuration/);
    } finally {
      database.close();
      rmSync(directory, { recursive: true });
    }
  });

  it('stops at once when aborted, and leaves no files', async () => {
    const { url } = await publishGood();
    const stop = new AbortController();
    const inventory = await open(url, { signal: stop.signal });
    server.fault('GetObject', async (_call, answer) => {
      stop.abort(new StopRequest('SIGTERM'));
      return answer();
    });
    const { outcome } = await verifyStores([inventory.lister('s3://bucket/p/')], {}, { signal: stop.signal });
    await inventory.close();
    expect([outcome.exitCode, outcome.failures]).toEqual([143, []]);
    expect(existsSync(scratch)).toBe(true);
  });
});
