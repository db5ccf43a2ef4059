import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differences } from '../support/registry-state.js';
import { reported, SharedWorld } from '../support/shared-world.js';

const ROWS = 600;
const SLOW = { preload: ['slow-reads.mjs'], env: { READ_LATENCY_MS: '20' } };

let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

describe('a root that is unmounted while workers read it', () => {
  it('makes no file missing and no dead letter: the rest is done when the root is back', async () => {
    world.makeFiles(ROWS);
    const alone = await world.registry(ROWS);
    const shared = await world.registry(ROWS);
    const workers = [await world.worker(shared.config, SLOW), await world.worker(shared.config, SLOW)];
    const running = shared.run('checksums backfill --distribute');
    await expect
      .poll(async () => (await shared.database.query('select from salvor.work_reports')).rowCount, {
        interval: 20,
      })
      .toBeGreaterThan(0);
    // As when a disk is unmounted: an empty mount point remains.
    const away = `${world.root}.away`;
    renameSync(world.root, away);
    mkdirSync(world.root);
    for (const worker of workers) {
      await expect.poll(() => worker.said).toContain('leaving units to other workers');
    }
    const { rows } = await shared.database.query<{ done: number }>(
      `select count(*)::integer as done from salvor.work where state = 'done'`,
    );
    rmdirSync(world.root);
    renameSync(away, world.root);
    const together = await running;
    expect(rows[0]?.done).toBeLessThan(ROWS / 25);
    expect(reported(together)).toEqual(reported(await alone.run('checksums backfill')));
    expect(await differences(shared.database, alone.database)).toEqual({});
  });
});
