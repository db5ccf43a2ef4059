import { createHash } from 'node:crypto';
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DrillWorld } from '../drill/world.js';

const SIZE = 20_000_000;
const HEAD = 'gene,value\nliver,1\n';
const content = Buffer.alloc(SIZE);
content.write(HEAD);
const digest = createHash('sha256').update(content).digest('hex');

let drills: DrillWorld;
beforeEach(async () => {
  drills = await DrillWorld.create();
  drills.world.archive(
    'h/artifacts-2026-04-20.tar',
    { 'datasets/other.csv': 'a,b\n1,2\n' },
    {
      flags: ['--sparse', '--format=posix'],
      prepare: (directory) => {
        const file = join(directory, 'datasets/liver.csv');
        writeFileSync(file, HEAD);
        truncateSync(file, SIZE);
      },
    },
  );
});
afterEach(() => drills.world.close());

it('a sparse member is placed with its holes', async () => {
  const { world } = drills;
  await world.row({ id: 'liver', path: 'datasets/liver.csv', metadata: { file_sha256: digest } });
  // Too small for the content, so that it comes out of the archive when the plan is applied.
  const tweaks = { sources: world.sources().slice(-1), cacheBytes: 1000 };
  const { plan } = await world.plan(tweaks);
  const { exitCode } = await world.apply(plan, tweaks);
  expect(exitCode).toBe(0);
  const { size, blocks } = statSync(join(world.root, 'datasets/liver.csv'));
  expect(size).toBe(SIZE);
  expect(blocks * 512).toBeLessThan(SIZE / 10);
  expect((await world.stored('liver')).metadata).toMatchObject({ file_sha256: digest });
});

it('a sparse member is proven by a drill', async () => {
  await drills.world.row({ id: 'liver', metadata: { file_sha256: digest } });
  await drills.index();
  const { exitCode, summary } = await drills.drill();
  expect({ exitCode, ...summary }).toMatchObject({
    exitCode: 0,
    sampled: 1,
    proven: 1,
    bytes_restored: SIZE,
  });
  expect(drills.scratch()).toEqual([]);
});
