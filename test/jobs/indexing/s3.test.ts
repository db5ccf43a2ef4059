import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWriter } from '../../../src/objectstore/open.js';
import type { StoreWriter } from '../../../src/objectstore/port.js';
import { noise } from '../../archive/support/bytes.js';
import { packTar } from '../../archive/support/pack.js';
import { useCredentials } from '../../support/credentials.js';
import { MemoryCatalog, startTestS3, type TestS3Server } from '../../support/s3.js';
import { build, codeOf, restored } from './support.js';

const KEY = 'backups/host/a.tar.gz';
let server: TestS3Server;
let store: StoreWriter;
let forget: () => void;
let directory: string;
let file: Buffer;

async function put(bytes: Uint8Array): Promise<void> {
  const path = join(directory, 'upload');
  writeFileSync(path, bytes);
  await store.putFile(KEY, path, { replace: true });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-s3-'));
  server = await startTestS3({ buckets: { bucket: new MemoryCatalog() } });
  forget = useCredentials(server);
  store = openWriter('s3://bucket/backups/', { endpointUrl: server.endpoint });
  const members = Array.from({ length: 60 }, (_, i) => ({ name: `f${i}`, content: noise(20_000, i) }));
  file = gzipSync(await packTar(members), { level: 1 });
  await put(file);
  expect(await build({ kind: 'missing', stores: [store] }, { spanBytes: 65_536 })).toMatchObject({
    exitCode: 0,
  });
});

afterEach(async () => {
  forget();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('restore from S3', () => {
  it('takes one HEAD and at most four ranged GETs, each bound to its object', async () => {
    const before = server.calls.length;
    const { content, summary } = await restored({ store, key: KEY }, 'f30');
    expect(content.equals(noise(20_000, 30))).toBe(true);
    const calls = server.calls.slice(before);
    const gets = calls.filter((call) => call.operation === 'GetObject');
    expect(calls.length - gets.length).toBe(1);
    expect(gets.length).toBeLessThanOrEqual(4);
    for (const call of gets) {
      expect(call.request.headers.range).toMatch(/^bytes=\d+-\d+$/);
      expect(call.request.headers['if-match']).toBeDefined();
    }
    expect(summary.requests).toBe(calls.length);
    expect(summary.bytes_fetched).toBeLessThan(file.length / 2);
  });

  it('refuses an archive that was replaced, even by the same bytes of another upload', async () => {
    const changed = Buffer.from(file);
    changed[changed.length - 1] = 1;
    await put(changed);
    expect(await codeOf(restored({ store, key: KEY }, 'f30'))).toBe('index.stale');
  });

  it('refuses an archive that became shorter', async () => {
    await put(file.subarray(0, 1000));
    expect(await codeOf(restored({ store, key: KEY }, 'f59'))).toBe('index.stale');
  });

  it('replaces siblings only if requested', async () => {
    const work = { kind: 'archives', archives: [{ store, key: KEY }] } as const;
    expect(await build(work)).toMatchObject({ exitCode: 1, codes: ['sibling.exists'] });
    expect(await build(work, { replace: true })).toMatchObject({ exitCode: 0, codes: ['listing.built'] });
  });
});
