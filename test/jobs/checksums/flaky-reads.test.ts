import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Files } from '../../../src/files/port.js';
import { openFiles } from '../../../src/files/thread-pool.js';
import { workerScript } from '../../files/support.js';
import { makeWorld, type World } from './support.js';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

/** Storage that gives other bytes for the first read of a file, and then the right ones. */
async function wrongAtFirst(): Promise<Files> {
  const files = await openFiles({ roots: [{ path: world.root }], threads: 1, workerScript });
  let isFirst = true;
  return {
    roots: files.roots,
    get bytesRead() {
      return files.bytesRead;
    },
    checkRoots: () => files.checkRoots(),
    locate: (requests) => files.locate(requests),
    sidecars: (requests) => files.sidecars(requests),
    hash: async (file, algorithms, part) => {
      const result = await files.hash(file, algorithms, part);
      if (!isFirst || result.kind !== 'hashed') return result;
      isFirst = false;
      return { ...result, sha256: '0'.repeat(64) };
    },
    setRate: (rate) => files.setRate(rate),
    stop: () => files.stop(),
    close: () => files.close(),
  };
}

it('a read that returns other bytes once is not drift, and nothing is recorded', async () => {
  await world.file('a', 'content');
  const sha256 = createHash('sha256').update('content').digest('hex');
  await world.row('1', 'a', JSON.stringify({ file_sha256: sha256 }));
  const before = await world.metadata('1');
  const { outcome, findings } = await world.backfill({}, { files: await wrongAtFirst() });
  expect(outcome.summary).toMatchObject({ rows_unstable: 1, drift_events: 0, drift_open: 0 });
  expect(findings.map(({ code }) => code)).toContain('file.unstable');
  expect(await world.metadata('1')).toBe(before);
  expect((await world.backfill()).outcome.summary).toMatchObject({ rows_unchanged: 1 });
});
