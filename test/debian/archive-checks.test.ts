import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noise, wordy } from '../archive/support/bytes.js';
import { packTar } from '../archive/support/pack.js';
import { codeOf, restored, TestStore } from '../jobs/indexing/support.js';

const XZ = 'xz';
let place: TestStore;
beforeEach(() => {
  place = new TestStore();
});
afterEach(() => place.remove());

it('no checksum is claimed for a part without one: an xz stream without a check after one with a check', async () => {
  const tar = await packTar([
    { name: 'one', content: wordy(50_000, 1) },
    { name: 'two', content: noise(60_000, 2) },
  ]);
  const xz = (bytes: Uint8Array, check: string): Buffer =>
    execFileSync(XZ, ['-c', `--check=${check}`], { input: bytes });
  const file = Buffer.concat([xz(tar.subarray(0, 51_200), 'crc64'), xz(tar.subarray(51_200), 'none')]);
  const archive = place.put('a.tar.xz', file);
  expect(await codeOf(restored(archive, 'two', { stream: true }))).toBe('member.unverified');
  const covered = place.put('b.tar.xz', xz(tar, 'crc32'));
  expect((await restored(covered, 'two', { stream: true })).summary.verified_by).toBe('container-checksum');
});
