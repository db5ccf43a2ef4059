import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listInRanges } from '../../src/jobs/listings/ranges/list-in-ranges.js';
import { openLister, openReader, openWriter } from '../../src/objectstore/open.js';
import { objectStoreContract } from '../contracts/object-store.js';
import { type CephGateway, startCephGateway } from '../support/ceph.js';
import { useCredentials } from '../support/credentials.js';

let ceph: CephGateway;
let restore: () => void;

beforeAll(async () => {
  ceph = await startCephGateway();
  restore = useCredentials(ceph);
}, 120_000);

afterAll(async () => {
  restore();
  await ceph.close();
});

for (const [name, bucket, prefix] of [
  ['Ceph, the whole bucket', 'whole', ''],
  ['Ceph, a prefix', 'prefixed', 'some/odd & prefix+/'],
] as const) {
  objectStoreContract(name, async () => {
    await ceph.createBucket(bucket);
    const url = `s3://${bucket}/${prefix}`;
    const options = { endpointUrl: ceph.endpoint };
    return {
      lister: openLister(url, options),
      reader: openReader(url, options),
      writer: openWriter(url, options),
      anyKey: true,
      close: async () => {},
    };
  });
}

describe('Ceph', () => {
  it('lists in ranges what it lists in one pass', async () => {
    const lister = openLister('s3://whole/', { endpointUrl: ceph.endpoint });
    const keys = async (concurrency: number): Promise<string[]> => {
      const ranges = await listInRanges(lister, { concurrency }, () => {
        const own: string[] = [];
        return {
          page: (page) => {
            own.push(...page.objects.map((object) => object.key));
          },
          end: () => own,
        };
      });
      return ranges.flatMap((range) => range.result);
    };
    const one = await keys(1);
    expect(one.length).toBeGreaterThan(1000);
    expect(await keys(8)).toEqual(one);
  });

  it.each([
    ['s3://there-is-no-such-bucket/', {}, 'store.no_bucket'],
    ['s3://whole/', { AWS_SECRET_ACCESS_KEY: 'wrong' }, 'store.denied'],
    ['s3://whole/', { AWS_ACCESS_KEY_ID: 'nobody' }, 'store.denied'],
  ])('%s with %o is %s', async (url, environment, code) => {
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const pages = openLister(url, { endpointUrl: ceph.endpoint }).list()[Symbol.asyncIterator]();
      await expect(pages.next()).rejects.toMatchObject({ name: 'Failure', code });
    } finally {
      Object.assign(process.env, before);
    }
  });
});
