import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreKind } from '../../src/core/store-url.js';
import { openLister, openReader, openWriter, type StoreOptions } from '../../src/objectstore/open.js';
import { objectStoreContract, type StoreUnderTest } from '../contracts/object-store.js';
import { useCredentials } from '../support/credentials.js';
import { MemoryCatalog, startTestS3 } from '../support/s3.js';

/** The stores that keep the contract, by their kind: one without a store does not compile. */
const STORES: Readonly<Record<StoreKind, Readonly<Record<string, () => Promise<StoreUnderTest>>>>> = {
  s3: {
    'S3, the whole bucket': () => openBucket(''),
    'S3, a prefix': () => openBucket('some/odd & prefix+/'),
  },
  file: { directory: openDirectory },
};

for (const stores of Object.values(STORES)) {
  for (const [name, open] of Object.entries(stores)) objectStoreContract(name, open);
}

async function openBucket(prefix: string): Promise<StoreUnderTest> {
  const bucket = new MemoryCatalog();
  const server = await startTestS3({ buckets: { backups: bucket } });
  const restore = useCredentials(server);
  if (prefix !== '')
    for (const key of ['some/odd & prefix', 'some/odd & prefix+.tar'])
      bucket.add(key, { content: 'outside' });
  const url = `s3://backups/${prefix}`;
  const options: StoreOptions = { endpointUrl: server.endpoint, pathStyle: true };
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
}

async function openDirectory(): Promise<StoreUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'salvor-store-'));
  const url = `file://${directory}`;
  return {
    lister: openLister(url),
    reader: openReader(url),
    writer: openWriter(url),
    anyKey: false,
    close: () => rm(directory, { recursive: true }),
  };
}
