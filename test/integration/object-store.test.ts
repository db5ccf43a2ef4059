import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLister, openReader, openWriter, type StoreOptions } from '../../src/objectstore/open.js';
import { objectStoreContract } from '../contracts/object-store.js';
import { useCredentials } from '../support/credentials.js';
import { MemoryCatalog, startTestS3 } from '../support/s3.js';

for (const [name, prefix, pathStyle] of [
  ['S3, the whole bucket', '', true],
  ['S3, a prefix', 'some/odd & prefix+/', true],
] as const) {
  objectStoreContract(name, async () => {
    const bucket = new MemoryCatalog();
    const server = await startTestS3({ buckets: { backups: bucket } });
    const restore = useCredentials(server);
    bucket.add('some/odd & prefix', { content: 'outside' });
    bucket.add('some/odd & prefix+.tar', { content: 'outside' });
    if (prefix === '')
      for (const key of ['some/odd & prefix', 'some/odd & prefix+.tar']) await bucket.delete(key);
    const url = `s3://backups/${prefix}`;
    const options: StoreOptions = { endpointUrl: server.endpoint, pathStyle };
    return {
      lister: openLister(url, options),
      reader: openReader(url, options),
      writer: openWriter(url, options),
      anyKey: true,
      close: async () => {
        restore();
        await server.close();
      },
    };
  });
}

objectStoreContract('directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'salvor-store-'));
  const url = `file://${directory}`;
  return {
    lister: openLister(url),
    reader: openReader(url),
    writer: openWriter(url),
    anyKey: false,
    close: () => rm(directory, { recursive: true }),
  };
});
