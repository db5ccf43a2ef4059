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
