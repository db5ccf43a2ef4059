import { afterAll, beforeAll, expect, it } from 'vitest';
import { openReader } from '../../../src/objectstore/open.js';
import { useCredentials } from '../../support/credentials.js';
import { MemoryCatalog, startTestS3, type TestS3Server } from '../../support/s3.js';

let server: TestS3Server;
let restore: () => void;
beforeAll(async () => {
  server = await startTestS3();
  restore = useCredentials(server);
});
afterAll(async () => {
  restore();
  await server.close();
});

it('an object that is not the expected version is refused, also by a server that ignores If-Match', async () => {
  const catalog = new MemoryCatalog();
  server.buckets.set('bucket', catalog);
  catalog.add('a', { content: 'one' });
  const reader = openReader('s3://bucket/', {
    endpointUrl: server.endpoint,
    region: 'us-east-1',
    pathStyle: true,
  });
  const { etag = '' } = await reader.head('a');
  catalog.add('a', { content: 'two' });
  server.fault('GetObject', async (call, answer) => {
    delete call.headers['if-match'];
    return answer();
  });
  await expect(reader.get('a', { ifMatch: etag })).rejects.toMatchObject({
    code: 'store.precondition_failed',
  });
  const now = await reader.head('a');
  expect((await reader.get('a', { ifMatch: now.etag ?? '' })).info.sizeBytes).toBe(3);
});

it('a listing or an object that arrives too slowly is abandoned', async () => {
  const catalog = new MemoryCatalog();
  server.buckets.set('bucket', catalog);
  catalog.add('a', { content: 'x'.repeat(2000) });
  const drip: Parameters<typeof server.fault>[1] = async (_call, answer) => {
    const given = await answer();
    const body = async function* () {
      for await (const chunk of Buffer.isBuffer(given.body) ? [given.body] : given.body)
        for (const byte of chunk) {
          yield Uint8Array.of(byte);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
    };
    return { ...given, body: body() };
  };
  const reader = openReader('s3://bucket/', {
    ...{ endpointUrl: server.endpoint, region: 'us-east-1', pathStyle: true },
    idleTimeoutMs: 1000,
  });
  server.fault('ListObjectsV2', drip);
  server.fault('GetObject', drip);
  const tooSlow = expect.objectContaining({ code: 'store.too_slow' });
  await expect(reader.list()[Symbol.asyncIterator]().next()).rejects.toEqual(tooSlow);
  const { body } = await reader.get('a');
  const drain = async (): Promise<void> => {
    for await (const _ of body);
  };
  await expect(drain()).rejects.toEqual(tooSlow);
});
