import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { csv, planRow, RecoveryWorld } from '../support/recovery-world.js';

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  execFileSync('mkdir', [join(world.base, 'worktrees')]);
});
afterEach(() => world.close());

describe('a member of every kind of archive', () => {
  const kinds: [string, string[]][] = [
    ['tar.zst', ['--zstd']],
    ['tar.xz', ['-J']],
    ['tar.bz2', ['-j']],
    ['tar.gz', ['--use-compress-program=pigz']],
  ];
  for (const [extension, flags] of kinds) {
    it(`${extension} (${flags.join(' ')}): bound, proven by the container; one flipped bit: not bound`, async () => {
      const key = `h/artifacts-1.${extension}`;
      world.archive(
        key,
        { 'datasets/liver.csv': csv('liver'), 'z/other.csv': csv('z'.repeat(50_000)) },
        { flags },
      );
      await world.row({ id: 'liver', path: 'datasets/liver.csv' });
      // Nothing fits into this cache, so only apply reads the archive.
      const { plan } = await world.plan({ cacheBytes: 4 });
      const whole = readFileSync(join(world.base, 'archive-0'));
      const damaged = Buffer.from(whole);
      damaged[whole.length >> 1] = (damaged[whole.length >> 1] ?? 0) ^ 16;
      const etag = planRow(plan, 'liver').candidates[0]?.version ?? '';
      world.bucket.add(`backups/${key}`, { content: damaged, etag });
      expect((await world.apply(plan)).exitCode).toBe(1);
      expect(await world.content('liver')).toBeUndefined();
      world.bucket.add(`backups/${key}`, { content: whole, etag });
      expect((await world.apply(plan)).exitCode).toBe(0);
      expect(await world.content('liver')).toBe(csv('liver'));
      expect((await world.stored('liver')).metadata.file_recovered_from).toMatchObject({
        verified_by: 'container-checksum',
      });
    });
  }

  it('several zstd frames are one archive', async () => {
    world.archive(
      'h/artifacts-1.tar',
      { 'a/first.csv': csv('f'.repeat(20_000)), 'datasets/liver.csv': csv('liver') },
      { flags: [] },
    );
    const tar = readFileSync(join(world.base, 'archive-0'));
    const frame = (part: Buffer): Buffer => execFileSync('zstd', ['-c', '--check'], { input: part });
    const content = Buffer.concat([frame(tar.subarray(0, 10_000)), frame(tar.subarray(10_000))]);
    await world.bucket.delete('backups/h/artifacts-1.tar');
    const listing = execFileSync('tar', ['-tvf', join(world.base, 'archive-0')]);
    world.bucket.add('backups/h/frames.tar.zst', { content });
    world.bucket.add('backups/h/frames.tar.zst.list.txt', { content: listing });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan();
    expect((await world.apply(plan)).exitCode).toBe(0);
    expect(await world.content('liver')).toBe(csv('liver'));
  });
});
