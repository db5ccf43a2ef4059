import { afterEach, beforeEach, expect, it } from 'vitest';
import { csv, sha256 } from '../../support/recovery-world.js';
import { DrillWorld } from './world.js';

let world: DrillWorld;
const CONTENT = csv('large').repeat(3000);
const SIZE = Buffer.byteLength(CONTENT);
const TENTH = Math.ceil(SIZE / 10);

beforeEach(async () => {
  world = await DrillWorld.create();
  await world.world.row({ id: 'large', metadata: { file_sha256: sha256(CONTENT) } });
});
afterEach(async () => {
  expect(world.scratch()).toEqual([]);
  await world.world.close();
});

async function archived(name: string, flags: string[]): Promise<void> {
  world.world.archive(`h/${name}`, { 'datasets/large.csv': CONTENT }, { flags });
  await world.index();
}

it.each([
  ['a.tar', []],
  ['a.tar.gz', ['-z']],
])('a content ten times the limit in %s is proven in ten drills, each byte once', async (name, flags) => {
  await archived(name, flags);
  for (let night = 1; night < 10; night += 1) {
    const { exitCode, status, summary } = await world.drill({ maxBytes: TENTH });
    expect({ exitCode, status }).toEqual({ exitCode: 0, status: 'partial' });
    expect(summary).toMatchObject({ in_parts: 1, sampled: 0, proven: 0, bytes_restored: TENTH });
    expect(await world.parts()).toMatchObject([{ subject: 'large', offset: night * TENTH }]);
  }
  const last = await world.drill({ maxBytes: TENTH });
  expect(last).toMatchObject({ exitCode: 0, summary: { in_parts: 0, proven: 1, never_proven: 0 } });
  expect(await world.proofs()).toMatchObject([
    { artifact_id: 'large', ok: true, member: 'datasets/large.csv' },
  ]);
  expect(await world.parts()).toEqual([]);
});

it('a bit that flips in a part that is still to come is found', async () => {
  await archived('a.tar', []);
  await world.drill({ maxBytes: TENTH });
  await world.flip('a.tar');
  let drilled = await world.drill({ maxBytes: TENTH });
  for (let night = 2; night < 10; night += 1) drilled = await world.drill({ maxBytes: TENTH });
  expect(drilled).toMatchObject({ exitCode: 1, summary: { failed: 1, proven: 0 } });
  expect(world.findings).toEqual([{ code: 'drill.failed', subject: 'large' }]);
  expect(await world.proofs()).toMatchObject([{ ok: false }]);
  expect(await world.parts()).toEqual([]);
});

it('a newer archive does not start it over; an archive that was replaced does', async () => {
  await archived('a.tar', []);
  await world.drill({ maxBytes: TENTH });
  await archived('b.tar', []);
  await world.drill({ maxBytes: TENTH });
  expect(await world.parts()).toMatchObject([
    { offset: 2 * TENTH, archive_url: 's3://scidex/backups/h/a.tar' },
  ]);
  const { bucket } = world.world;
  await bucket.delete('backups/h/a.tar');
  await world.drill({ maxBytes: TENTH });
  expect(await world.parts()).toMatchObject([{ offset: TENTH, archive_url: 's3://scidex/backups/h/b.tar' }]);
});

it('a saved state that was changed is not used, and neither is one of another recorded digest', async () => {
  await archived('a.tar', []);
  await world.drill({ maxBytes: TENTH });
  await world.world.database.query('update salvor.archive_parts set offset_bytes = offset_bytes + 1');
  await world.drill({ maxBytes: TENTH });
  expect(await world.parts()).toMatchObject([{ offset: TENTH }]);
  await world.world.database.query(`update artifacts set metadata = '{}' where id = 'large'`);
  await world.artifacts('small');
  await world.drill({ maxBytes: TENTH });
  expect(await world.parts()).toEqual([]);
});
