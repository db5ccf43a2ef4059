import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Files, ReadResult } from '../../src/files/port.js';
import { openFiles } from '../../src/files/thread-pool.js';
import { workerScript } from './support.js';

const MB = 1 << 20;
let base: string;
let files: Files;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-second-'));
  writeFileSync(join(base, '.mounted'), '');
  files = await openFiles({ roots: [{ path: base }], threads: 2, workerScript });
});
afterEach(async () => {
  await files.close();
  rmSync(base, { recursive: true });
});

async function hash(name: string): Promise<ReadResult> {
  const [location] = await files.locate([{ type: null, path: name }]);
  if (location?.kind !== 'file') throw new Error(`no file ${name}`);
  return files.hash(location.file, ['md5', 'sha512']);
}

describe('a large file with digests on record', () => {
  it('has the right digests at every size, many files one after another and at once', async () => {
    const sizes = [4 * MB - 1, 4 * MB, 4 * MB + 1, 5 * MB + 12_345, 6 * MB, 100];
    const contents = sizes.map((size) => randomBytes(size));
    for (const [i, content] of contents.entries()) writeFileSync(join(base, String(i)), content);
    const results = await Promise.all(contents.map((_, i) => hash(String(i))));
    for (const [i, content] of contents.entries()) {
      const of = (algorithm: string): string => createHash(algorithm).update(content).digest('hex');
      expect(results[i]).toMatchObject({
        kind: 'hashed',
        sha256: of('sha256'),
        digests: { md5: of('md5'), sha512: of('sha512') },
      });
    }
  });

  it('stops when the reading is stopped, and the threads end', async () => {
    writeFileSync(join(base, 'large'), randomBytes(8 * MB));
    files.setRate(1 * MB);
    const reading = hash('large');
    await expect.poll(() => files.bytesRead).toBeGreaterThan(0);
    files.stop();
    expect(await reading).toEqual({ kind: 'stopped' });
  });
});
