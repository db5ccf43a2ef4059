import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differences } from '../support/registry-state.js';
import { reported, SharedWorld } from '../support/shared-world.js';
import { Trap } from '../support/trap.js';

/** SALVOR_SCALE_ROWS=100000 is the full size, which `.ci/run` proves; the smaller one takes the same way. */
const ROWS = Number(process.env.SALVOR_SCALE_ROWS ?? 12_000);
/** All of them: which would be left out depends on who was first. */
const FINDINGS = `--max-findings ${ROWS}`;
/** A unit takes so long that a part of it is committed before its end. */
const SLOW = { preload: ['slow-reads.mjs'], env: { READ_LATENCY_MS: '40' } };

let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

describe(`${ROWS} rows`, () => {
  it('have exactly the result of a single machine, although one of three workers is killed twice', async () => {
    world.makeFiles(ROWS);
    const alone = await world.registry(ROWS);
    const shared = await world.registry(ROWS);
    const { database } = shared;
    const single = alone.run(`checksums backfill ${FINDINGS}`);
    const trap = await Trap.build(database);
    const first = await world.worker(shared.config, SLOW);
    const running = shared.run(`checksums backfill --distribute ${FINDINGS}`);
    // Once with a part of its unit committed and the rest unread.
    await expect
      .poll(async () => (await database.query('select from salvor.work_reports')).rowCount)
      .toBeGreaterThan(0);
    await first.end('SIGKILL');
    const gate = world.gate();
    const others = [
      await world.worker(shared.config, gate.options),
      await world.worker(shared.config, gate.options),
    ];
    // And once in the transaction that writes rows and says so.
    const second = await world.worker(shared.config);
    await trap.set(second.name);
    await trap.caught(second.name);
    await second.end('SIGKILL');
    await trap.open();
    const third = await world.worker(shared.config, gate.options);
    await shared.allBusy([...others, third]);
    gate.open();

    const [one, together] = await Promise.all([single, running]);
    expect(one.json.summary).toMatchObject({ rows_scanned: ROWS, rows_remaining: 0 });
    expect(reported(together)).toEqual(reported(one));
    expect(await differences(shared.database, alone.database)).toEqual({});
    const { rows: again } = await database.query(
      `select w.attempts, count(*) filter (where r.attempt = 1)::integer > 0 as had_committed
       from salvor.work w join salvor.work_reports r using (run_id, unit) where attempts > 1 group by w.unit, w.attempts
       order by w.unit`,
    );
    expect(again).toEqual([
      { attempts: 2, had_committed: true },
      { attempts: 2, had_committed: false },
    ]);
    const { rows: items } = await database.query<{ items: number; workers: string[] }>(
      `select sum(items)::integer as items, array_agg(distinct worker) as workers from salvor.work_reports`,
    );
    expect(items[0]?.items).toBe(ROWS);
    expect(items[0]?.workers).toEqual(
      expect.arrayContaining([...others, third].map((worker) => worker.name)),
    );
  });
});
