import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.js';
import { openLister, openReader, openWriter, type StoreOptions } from '../../src/objectstore/open.js';
import type { StoreLister } from '../../src/objectstore/port.js';
import { useCredentials } from '../support/credentials.js';
import { faults, MemoryCatalog, startTestS3, syntheticCatalog, type TestS3Server } from '../support/s3.js';

const keyAt = (index: number): string => `backups/${String(index).padStart(6, '0')}.tar.gz`;
const code = (name: string): unknown => expect.objectContaining({ name: 'Failure', code: name });

let server: TestS3Server;
let restore: () => void;
let slept: number[];

/** Time that passes only when somebody sleeps. */
function handTurnedClock(): Clock {
  let ms = 0;
  return {
    now: () => new Date(),
    monotonicMs: () => ms,
    sleep: async (wait) => {
      slept.push(wait);
      ms += wait;
    },
  };
}

function options(more: StoreOptions = {}): StoreOptions {
  return { endpointUrl: server.endpoint, clock: handTurnedClock(), random: () => 0.5, ...more };
}

const lister = (more?: StoreOptions): StoreLister => openLister('s3://bucket/backups/', options(more));

async function keysOf(store: StoreLister): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of store.list()) keys.push(...page.objects.map((object) => object.key));
  return keys;
}

const TOKEN = /<NextContinuationToken>.*<\/NextContinuationToken>/;
const token = (key: string): string => Buffer.from(key).toString('base64');
const expected = Array.from({ length: 2500 }, (_, i) => keyAt(i));

beforeEach(async () => {
  slept = [];
  server = await startTestS3({ buckets: { bucket: syntheticCatalog(2500, keyAt) } });
  restore = useCredentials(server);
});

afterEach(async () => {
  restore();
  await server.close();
});

describe('temporary faults are survived', () => {
  it.each([
    ['SlowDown', faults.error('SlowDown', 3)],
    ['an internal error', faults.error('InternalError', 3)],
    ['a connection reset before any byte of the body', faults.breakOff(0, 'reset', 3)],
    ['a connection reset in mid-page', faults.breakOff(50_000, 'reset', 3)],
    ['a page whose connection is closed early', faults.breakOff(50_000, 'close', 3)],
    ['a page cut short in good order', faults.document((xml) => xml.slice(0, 100_000), 3)],
    ['a page that is no XML', faults.document(() => '<html><body>gateway</body></html>', 3)],
  ])('%s', async (_name, fault) => {
    server.fault('ListObjectsV2', fault);
    const store = lister();
    expect(await keysOf(store)).toEqual(expected);
    expect(store.requests).toBe(6);
    expect(slept).toEqual([50, 100, 200]);
  });

  it('a fault in every page, because retries are counted per page', async () => {
    const every: Parameters<TestS3Server['fault']>[1] = async (call, answer, index) =>
      index % 3 === 2 ? answer() : faults.error('SlowDown')(call, answer, index);
    server.fault('ListObjectsV2', every);
    expect(await keysOf(lister({ retry: { attempts: 3 } }))).toEqual(expected);
    expect(slept).toEqual([50, 100, 50, 100, 50, 100]);
  });

  it('bodies in small pieces', async () => {
    server.fault('ListObjectsV2', faults.pieces(4099));
    expect(await keysOf(lister())).toEqual(expected);
  });

  it('an archive that is deleted between pages', async () => {
    const bucket = new MemoryCatalog();
    for (const key of expected) bucket.add(key);
    server.buckets.set('bucket', bucket);
    const keys: string[] = [];
    for await (const page of lister().list()) {
      keys.push(...page.objects.map((object) => object.key));
      for (const index of [998, 999, 1000, 1999, 2000]) await bucket.delete(keyAt(index));
    }
    expect(keys).toEqual(expected.filter((_, index) => ![1000, 1999, 2000].includes(index)));
  });

  it('a clock that is an hour off, because the server sends its time', async () => {
    const hour = 3_600_000;
    await server.close();
    server = await startTestS3({
      buckets: { bucket: syntheticCatalog(2500, keyAt) },
      now: () => Date.now() + hour,
    });
    const store = lister();
    expect(await keysOf(store)).toEqual(expected);
    expect([store.requests, slept]).toEqual([4, [0]]);
    for await (const page of store.list()) expect(page.serverTimeMs - Date.now()).toBeGreaterThan(hour / 2);
  });

  it('a bucket in another region, which is followed there once', async () => {
    await server.close();
    server = await startTestS3({ buckets: { bucket: syntheticCatalog(2500, keyAt) }, region: 'eu-north-1' });
    const store = lister({ region: 'us-east-1' });
    expect(await keysOf(store)).toEqual(expected);
    expect(store.requests).toBe(4);
  });

  it('an empty page after a full last one, and pages of more keys than asked for', async () => {
    await server.close();
    server = await startTestS3({
      buckets: { bucket: syntheticCatalog(4000, keyAt) },
      emptyLastPage: true,
      pageSize: 2000,
    });
    const pages: number[] = [];
    for await (const page of lister().list()) pages.push(page.objects.length);
    expect(pages).toEqual([2000, 2000, 0]);
  });
});

describe('lasting faults are failures with a code', () => {
  it.each([
    ['SlowDown for ever', faults.error('SlowDown'), 'store.unavailable'],
    ['a reset every time', faults.breakOff(1000, 'reset'), 'store.unavailable'],
    ['pages cut short every time', faults.document((xml) => xml.slice(0, -20)), 'store.listing_broken'],
    [
      'XML that does not nest',
      faults.document((xml) => xml.replace('</Size>', '</Sise>')),
      'store.listing_broken',
    ],
    [
      'a doctype',
      faults.document((xml) => xml.replace('<List', '<!DOCTYPE x><List')),
      'store.listing_broken',
    ],
  ])('%s, after eight attempts', async (_name, fault, failure) => {
    server.fault('ListObjectsV2', fault);
    const store = lister();
    await expect(keysOf(store)).rejects.toEqual(code(failure));
    expect(store.requests).toBe(8);
    expect(slept).toEqual([50, 100, 200, 400, 800, 1600, 3200]);
  });

  it.each([
    ['access denied', faults.error('AccessDenied'), 'store.denied'],
    ['an unknown key id', faults.error('InvalidAccessKeyId'), 'store.denied'],
    ['an endless redirect', faults.error('PermanentRedirect'), 'store.redirect'],
    [
      'a redirect to a host',
      faults.error('TemporaryRedirect', 99, { headers: { location: 'http://x/' } }),
      'store.redirect',
    ],
    ['an error nobody knows', faults.error('Teapot'), 'store.refused'],
    [
      'a repeated continuation token',
      faults.document((xml) =>
        xml.replace(TOKEN, `<NextContinuationToken>${token(keyAt(999))}</NextContinuationToken>`),
      ),
      'store.listing_broken',
    ],
    ['more to come and no token', faults.document((xml) => xml.replace(TOKEN, '')), 'store.listing_broken'],
    [
      'keys out of order',
      faults.document((xml) => xml.replace('000001.tar.gz<', '000009.tar.gz<')),
      'store.listing_broken',
    ],
    [
      'a key twice',
      faults.document((xml) => xml.replace('000001.tar.gz<', '000000.tar.gz<')),
      'store.listing_broken',
    ],
    [
      'a key outside the prefix',
      faults.document((xml) => xml.replace('<Key>backups', '<Key>backupr')),
      'store.listing_broken',
    ],
  ])('%s, at once', async (_name, fault, failure) => {
    server.fault('ListObjectsV2', fault);
    await expect(keysOf(lister())).rejects.toEqual(code(failure));
    expect(slept).toEqual([]);
    expect(server.counts.get('ListObjectsV2')).toBeLessThanOrEqual(2);
  });

  it('pages out of order', async () => {
    server.fault('ListObjectsV2', async (call, answer, index) => {
      if (index === 1)
        return faults.document((xml) => xml.replaceAll('<Key>backups/001', '<Key>backups/000'))(
          call,
          answer,
          0,
        );
      return answer();
    });
    await expect(keysOf(lister())).rejects.toEqual(code('store.listing_broken'));
  });

  it('an endless series of empty pages', async () => {
    let count = 0;
    server.fault(
      'ListObjectsV2',
      faults.document((xml) => {
        count += 1;
        const next = `<NextContinuationToken>${token(String(count))}</NextContinuationToken>`;
        return xml.replace(/<IsTruncated>.*<\/Contents>/, `<IsTruncated>true</IsTruncated>${next}`);
      }),
    );
    server.buckets.set('bucket', syntheticCatalog(1, keyAt));
    await expect(keysOf(lister())).rejects.toEqual(code('store.listing_broken'));
  });

  it('no such bucket', async () => {
    await expect(keysOf(openLister('s3://nowhere/', options()))).rejects.toEqual(code('store.no_bucket'));
  });

  it('a wrong secret', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong';
    await expect(keysOf(lister())).rejects.toEqual(code('store.denied'));
  });

  it('no credentials at all', async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    await expect(keysOf(lister())).rejects.toEqual(code('store.no_credentials'));
  });

  it('a region that the store names and then rejects, with the region in the hint', async () => {
    await server.close();
    server = await startTestS3({ region: 'ap-south-1' });
    server.fault(
      'ListObjectsV2',
      faults.error('PermanentRedirect', 99, { headers: { 'x-amz-bucket-region': 'ap-south-1' } }),
    );
    await expect(keysOf(lister({ region: 'us-east-1' }))).rejects.toMatchObject({
      code: 'store.redirect',
      hint: expect.stringContaining('ap-south-1'),
    });
  });

  it('connection refused', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    await new Promise((resolve) => taken.close(resolve));
    const store = lister({ endpointUrl: `http://127.0.0.1:${port}` });
    await expect(keysOf(store)).rejects.toEqual(code('store.unavailable'));
    expect(slept).toHaveLength(7);
  });

  it('a server that speaks no TLS', async () => {
    const store = lister({ endpointUrl: server.endpoint.replace('http:', 'https:') });
    await expect(keysOf(store)).rejects.toEqual(code('store.tls'));
  });

  it('a server that accepts the connection and never responds', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const store = lister({
      endpointUrl: `http://127.0.0.1:${port}`,
      idleTimeoutMs: 20,
      retry: { attempts: 2 },
    });
    await expect(keysOf(store)).rejects.toEqual(code('store.unavailable'));
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('bodies', () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 253));

  async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  beforeEach(() => {
    const bucket = new MemoryCatalog();
    bucket.add('backups/a', { content });
    server.buckets.set('bucket', bucket);
  });

  it.each([
    ['reset', undefined],
    ['close', undefined],
    ['reset', { start: 1000, end: 250_001 }],
  ] as const)('that break off (%s) are resumed at their byte', async (how, range) => {
    server.fault('GetObject', faults.breakOff(100_000, how, 2));
    const reader = openReader('s3://bucket/', options());
    const { body } = await reader.get('backups/a', range === undefined ? {} : { range });
    expect((await read(body)).equals(content.subarray(range?.start ?? 0, range?.end))).toBe(true);
    const asked = server.calls.filter((call) => call.operation === 'GetObject');
    expect(asked.length).toBe(3);
    expect(asked[1]?.headers['if-match']).toMatch(/^"[0-9a-f]{32}"$/);
  });

  it('that break off because the object was replaced are refused', async () => {
    server.fault('GetObject', faults.breakOff(100_000, 'reset', 1));
    const { body } = await openReader('s3://bucket/', options()).get('backups/a');
    (server.buckets.get('bucket') as MemoryCatalog).add('backups/a', { content: Buffer.alloc(300_000) });
    await expect(read(body)).rejects.toEqual(code('store.precondition_failed'));
  });

  it('that always break off at the same byte end in a failure', async () => {
    server.fault('GetObject', faults.breakOff(0, 'reset'));
    const { body } = await openReader('s3://bucket/', options()).get('backups/a');
    await expect(read(body)).rejects.toEqual(code('store.unavailable'));
  });

  it('do not exceed the rate limit', async () => {
    const { body } = await openReader('s3://bucket/', options({ bytesPerSecond: 100_000 })).get('backups/a');
    expect((await read(body)).equals(content)).toBe(true);
    const seconds = slept.reduce((sum, ms) => sum + ms, 0) / 1000;
    expect(seconds).toBeCloseTo(3 - 0.25, 1);
  });

  it('of an upload whose response was lost are recognized as our own', async () => {
    server.fault('PutObject', async (_call, answer, index) => {
      const said = await answer();
      return index === 0 ? { ...said, status: 503 } : said;
    });
    const info = await openWriter('s3://bucket/', options()).putFile('backups/new', import.meta.filename);
    expect(info.key).toBe('backups/new');
    server.fault('PutObject', undefined);
    await expect(
      openWriter('s3://bucket/', options()).putFile('backups/new', import.meta.filename),
    ).rejects.toEqual(code('store.exists'));
  });
});
