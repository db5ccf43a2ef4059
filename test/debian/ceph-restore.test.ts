import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWriter } from '../../src/objectstore/open.js';
import { noise, wordy } from '../archive/support/bytes.js';
import { packTar } from '../archive/support/pack.js';
import { build, codeOf, restored } from '../jobs/indexing/support.js';
import { type CephGateway, startCephGateway } from '../support/ceph.js';
import { useCredentials } from '../support/credentials.js';

const KEY = 'backups/atlas/a b+é.tar.gz';
const members = Array.from({ length: 200 }, (_, i) => ({
  name: `results/f${i}.csv`,
  content: i % 3 === 0 ? noise(100_000, i) : wordy(100_000, i),
}));
const work = mkdtempSync(join(tmpdir(), 'salvor-ceph-restore-'));
let ceph: CephGateway;
let forget: () => void;

beforeAll(async () => {
  ceph = await startCephGateway();
  forget = useCredentials(ceph);
  await ceph.createBucket('restore');
}, 120_000);

afterAll(async () => {
  forget();
  await ceph.close();
  rmSync(work, { recursive: true, force: true });
});

it('members come out of an archive on Ceph by range, until the archive is replaced', async () => {
  const store = openWriter('s3://restore/backups/', { endpointUrl: ceph.endpoint });
  const path = join(work, 'archive');
  const put = (bytes: Uint8Array) => {
    writeFileSync(path, bytes);
    return store.putFile(KEY, path, { replace: true });
  };
  const file = gzipSync(await packTar(members), { level: 1 });
  await put(file);
  expect(await build({ kind: 'missing', stores: [store] }, { spanBytes: 1_000_000 })).toMatchObject({
    exitCode: 0,
  });
  expect(await build({ kind: 'archives', archives: [{ store, key: KEY }] })).toMatchObject({
    codes: ['sibling.exists'],
  });
  for (const { name, content } of members.filter((_, i) => i % 20 === 7)) {
    const { content: got, summary } = await restored({ store, key: KEY }, name);
    expect(got.equals(content), name).toBe(true);
    expect(summary).toMatchObject({ method: 'ranged', verified_by: 'sha256' });
    expect(summary.requests).toBeLessThanOrEqual(5);
    expect(summary.bytes_fetched).toBeLessThan(file.length / 3);
  }
  await put(gzipSync(await packTar(members), { level: 2 }));
  expect(await codeOf(restored({ store, key: KEY }, 'results/f7.csv'))).toBe('index.stale');
}, 120_000);
