import { unlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archive, hashed, inRoot, inStore, storeUrl } from './scenarios/places.js';
import { LedgerWorld } from './world.js';

let world: LedgerWorld;
beforeEach(async () => {
  world = await LedgerWorld.create();
});
afterEach(() => world.close());

describe('cases in which other tools exited with 0', () => {
  it('a filter that matches nothing is not a successful scrub, and resolves nothing (restic#2364)', async () => {
    world.expects('checksums verify');
    await hashed(world);
    unlinkSync(inRoot(world, 'a'));
    expect((await world.run('checksums verify')).code).toBe(1);
    const mistyped = await world.run('checksums verify', '--type', 'datasets');
    expect(mistyped.code).toBe(3);
    expect(mistyped.json.error.code).toBe('artifacts.none');
    expect(await world.red()).toMatchObject({ 'file.lost': 1 });
  });

  it('an empty prefix is not a verified backup (ska-sa/katdal#344)', async () => {
    archive(world, 'h1/a-1.tar');
    world.configure({ backups: [{ url: storeUrl(world), grace: '0s' }] });
    world.expects('listings verify');
    expect((await world.run('listings verify')).code).toBe(0);
    const empty = await world.run('listings verify', storeUrl(world, 'h9/'));
    expect(empty.code).toBe(3);
    unlinkSync(inStore(world, 'h1/a-1.tar'));
    unlinkSync(inStore(world, 'h1/a-1.tar.list.txt'));
    expect((await world.run('listings verify')).code).toBe(3);
    expect(await world.red()).not.toEqual({});
    expect((await world.run('watchdog')).code).toBe(1);
  });

  it('a run that is locked out says so, and keeps what was known (resticprofile#162)', async () => {
    world.expects('checksums verify');
    await hashed(world);
    unlinkSync(inRoot(world, 'a'));
    expect((await world.run('checksums verify')).code).toBe(1);
    world.file('a', 'content of a');
    const metrics = await world.metrics();
    expect(metrics).toContain('code="file.lost"');
    const { rows } = await world.db.query<{ id: string; scope_key: string }>(
      "select id, scope_key from salvor.runs where job = 'checksums verify'",
    );
    const other = await world.db.session();
    await other.query('select pg_catalog.pg_advisory_lock($1::bigint)', [rows[0]?.scope_key]);
    const refused = await world.run('checksums verify');
    expect(refused.code, refused.stdout).toBe(4);
    expect(await world.red()).toEqual({ 'file.lost': 1 });
    expect((await world.run('watchdog')).code).toBe(1);
    await other.close();
    expect((await world.run('checksums verify')).code).toBe(0);
    expect(await world.red()).toEqual({});
  });
});
