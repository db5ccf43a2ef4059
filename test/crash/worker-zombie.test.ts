import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differences } from '../support/registry-state.js';
import { type Registry, SharedWorld, told } from '../support/shared-world.js';
import { Trap } from '../support/trap.js';
import type { WorkerProcess } from '../support/worker-process.js';

const ROWS = 600;
const SLOW = { preload: ['slow-reads.mjs'], env: { READ_LATENCY_MS: '50' } };

let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

interface Written {
  worker: string;
  unit: number;
  attempt: number;
}

/** Everything that was ever reported, by whom. */
async function reports({ database }: Registry): Promise<Written[]> {
  const { rows } = await database.query<Written>(
    'select worker, unit, attempt from salvor.work_reports order by unit, id',
  );
  return rows;
}

async function unitOf({ database }: Registry, { name }: WorkerProcess): Promise<number> {
  let unit: number | undefined;
  await expect
    .poll(
      async () => {
        const { rows } = await database.query<{ unit: number }>(
          `select unit from salvor.work where worker = $1 and state = 'active'`,
          [name],
        );
        unit = rows[0]?.unit;
        return unit;
      },
      { timeout: 20_000, interval: 5 },
    )
    .toBeDefined();
  return unit as number;
}

describe('a worker that stands still until its unit was given to another', () => {
  it('in the middle of a file or of a transaction keeps nobody waiting, and writes nothing late', async () => {
    world.makeFiles(ROWS);
    const alone = await world.registry(ROWS);
    const shared = await world.registry(ROWS);
    const trap = await Trap.build(shared.database);
    const reading = await world.worker(shared.config, SLOW);
    const writing = await world.worker(shared.config);
    await trap.set(writing.name, 'report');
    const running = shared.run('checksums backfill --distribute --batch-rows 100');
    const units = [await unitOf(shared, reading), await unitOf(shared, writing)];
    reading.child.kill('SIGSTOP');
    await trap.caught(writing.name);
    writing.child.kill('SIGSTOP');
    // The rows are written, their report too, and nobody commits.
    await trap.open(writing.name);

    const healthy = await world.worker(shared.config);
    await trap.set(healthy.name, 'last');
    await trap.caught(healthy.name);
    const before = await reports(shared);
    expect(before.filter(({ unit }) => units.includes(unit))).toEqual(
      units.sort((a, b) => a - b).map((unit) => ({ worker: healthy.name, unit, attempt: 2 })),
    );
    for (const zombie of [reading, writing]) {
      zombie.child.kill('SIGCONT');
      expect(await zombie.end('SIGTERM')).toBe(143);
      expect(zombie.stdout).toMatch(/^0 units done/);
    }
    expect(await reports(shared)).toEqual(before);
    await trap.remove();
    expect(told(await running)).toEqual(told(await alone.run('checksums backfill')));
    expect(await differences(shared.database, alone.database)).toEqual({});
  }, 180_000);
});
