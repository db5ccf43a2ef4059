import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differences } from '../support/registry-state.js';
import { type Registry, reported, SharedWorld } from '../support/shared-world.js';
import { Trap } from '../support/trap.js';

const ROWS = 600;

let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

interface Unit {
  unit: number;
  worker: string;
  attempts: number;
}

/** Waits until exactly this number of units are open, all of them claimed by these workers. */
async function held({ database }: Registry, workers: readonly { name: string }[]): Promise<Unit[]> {
  const names = workers.map(({ name }) => name).sort();
  let open: Unit[] = [];
  await expect
    .poll(
      async () => {
        const { rows } = await database.query<Unit>(
          `select unit, worker, attempts from salvor.work where state = 'queued' or state = 'active' order by unit`,
        );
        open = rows;
        return rows.map(({ worker }) => worker).sort();
      },
      { interval: 20 },
    )
    .toEqual(names);
  return open;
}

/** How often each worker has reported on these units: on the rows without a file it may before it reads the others. */
async function reports({ database }: Registry, units: readonly Unit[]): Promise<Map<string, number>> {
  const { rows } = await database.query<{ worker: string; count: number }>(
    `select worker, count(*)::integer as count from salvor.work_reports where unit = any($1::integer[])
     group by worker`,
    [units.map(({ unit }) => unit)],
  );
  return new Map(rows.map(({ worker, count }) => [worker, count]));
}

describe('a worker that is suspended until its unit was given to another', () => {
  it('in the middle of reading or of a transaction blocks no one, and writes nothing late', async () => {
    world.makeFiles(ROWS);
    const alone = await world.registry(ROWS);
    const shared = await world.registry(ROWS);
    const trap = await Trap.build(shared.database);
    const closed = world.gate();
    const reading = await world.worker(shared.config, closed.options);
    const writing = await world.worker(shared.config);
    const zombies = [reading, writing];
    await trap.set(writing.name);
    const running = shared.run('checksums backfill --distribute');
    await trap.caught(writing.name);
    const quick = await world.worker(shared.config);
    const lost = await held(shared, zombies);
    for (const zombie of zombies) zombie.child.kill('SIGSTOP');
    // The rows are written, their report too, and nobody commits.
    await trap.open();
    await quick.end('SIGTERM');

    const gate = world.gate();
    const others = [
      await world.worker(shared.config, gate.options),
      await world.worker(shared.config, gate.options),
    ];
    expect(await held(shared, others)).toMatchObject(lost.map(({ unit }) => ({ unit, attempts: 2 })));
    const before = await reports(shared, lost);
    expect(before.has(writing.name)).toBe(false);
    for (const { name } of others) expect(before.has(name)).toBe(false);
    for (const zombie of zombies) zombie.child.kill('SIGCONT');
    await Promise.all(zombies.map((zombie) => zombie.stopping()));
    closed.open();
    for (const zombie of zombies) expect(await zombie.ended()).toBe(143);
    expect(reading.stdout).toMatch(/^0 units done, 0 failed, 1 returned/);
    expect(writing.stdout).toMatch(/^0 units done/);
    gate.open();
    const together = await running;
    const after = await reports(shared, lost);
    for (const { name } of others) expect(after.get(name)).toBeGreaterThan(0);
    for (const { name } of zombies) expect(after.get(name)).toBe(before.get(name));
    expect(reported(together)).toEqual(reported(await alone.run('checksums backfill')));
    expect(await differences(shared.database, alone.database)).toEqual({});
  });
});
