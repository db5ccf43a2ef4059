import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomFrom } from '../support/random.js';
import { differences } from '../support/registry-state.js';
import { type Registry, reported, SharedWorld } from '../support/shared-world.js';

/** SALVOR_KILLS=1000 makes this the long loop; SALVOR_SEED repeats one that failed. */
const KILLS = Number(process.env.SALVOR_KILLS ?? 8);
const SEED = Number(process.env.SALVOR_SEED ?? Date.now() % 1_000_000);
const WORKERS = 3;
const SLOW = { preload: ['slow-reads.mjs'], env: { READ_LATENCY_MS: '5' } };
/** Events until the next kill; all kills together come before the work is done. */
const MOST_EVENTS = 25;
/** A unit is read and written in about this time, so that every moment of it is hit. */
const LONGEST_MS = 150;
const ROWS = 20 * MOST_EVENTS * KILLS;

let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

/** A coordinator that can be killed, and how it ended. */
class Coordinator {
  #kill: () => void = () => undefined;
  hasEnded = false;
  readonly result: Promise<Awaited<ReturnType<Registry['run']>> | undefined>;

  constructor(registry: Registry) {
    this.result = registry
      .run('checksums backfill --distribute --batch-rows 20', {
        started: (child) => {
          this.#kill = () => child.kill('SIGKILL');
        },
      })
      // What was killed says nothing that could be read.
      .catch(() => undefined)
      .finally(() => {
        this.hasEnded = true;
      });
  }

  async kill(): Promise<void> {
    this.#kill();
    await this.result;
  }
}

/** Each worker, and the coordinator as the last number, again and again in an order by chance. */
function victims(random: (below: number) => number): number[] {
  const order: number[] = [];
  while (order.length < KILLS) {
    const round = Array.from({ length: WORKERS + 1 }, (_, i) => i);
    while (round.length > 0) order.push(...round.splice(random(round.length), 1));
  }
  return order.slice(0, KILLS);
}

/** Units that were begun and reports that were written, in all runs. */
async function events({ database }: Registry): Promise<number> {
  const { rows } = await database.query<{ events: number }>(
    `select (coalesce(sum(attempts), 0) + (select count(*) from salvor.work_reports))::integer as events from salvor.work`,
  );
  return rows[0]?.events ?? 0;
}

describe(`kill -9 of any process at any time (SALVOR_SEED=${SEED})`, () => {
  it(
    'ends as if nothing had ever been killed',
    async () => {
      const random = randomFrom(SEED);
      world.makeFiles(ROWS);
      const alone = await world.registry(ROWS);
      const shared = await world.registry(ROWS);
      const worker = () => world.worker(shared.config, SLOW);
      // Nobody waits for a worker that starts again until it is to be killed: the others would be done by then.
      const starting = Array.from({ length: WORKERS }, worker);
      await Promise.all(starting);
      let coordinator = new Coordinator(shared);
      for (const victim of victims(random)) {
        const from = await events(shared);
        const due = from + 1 + random(MOST_EVENTS);
        await expect
          .poll(async () => coordinator.hasEnded || (await events(shared)) >= due, { interval: 5 })
          .toBe(true);
        // It must not have ended by itself; if it has, this says why.
        expect(coordinator.hasEnded && (await coordinator.result)).toBe(false);
        await sleep(random(LONGEST_MS));
        if (victim === WORKERS) {
          await coordinator.kill();
          coordinator = new Coordinator(shared);
        } else {
          await (await starting[victim])?.end('SIGKILL');
          starting[victim] = worker();
        }
      }
      await Promise.all(starting);
      const last = await coordinator.result;
      await alone.run('checksums backfill');
      const { rows } = await shared.database.query<{ items: number }>(
        'select coalesce(sum(items), 0)::integer as items from salvor.work_reports where run_id = $1',
        [last?.json.run_id],
      );
      expect(last?.json).toMatchObject({
        status: 'findings',
        summary: { rows_scanned: rows[0]?.items, rows_remaining: 0, stopped_by: null },
      });
      const { rows_scanned: scanned, rows_already_done: done } = last?.json.summary ?? {};
      expect(Number(scanned) + Number(done)).toBe(ROWS);
      expect(await differences(shared.database, alone.database)).toEqual({});
      // Nothing is left that would come to light later.
      const again = await shared.run('checksums backfill --distribute');
      expect(reported(again)).toEqual(reported(await alone.run('checksums backfill')));
    },
    300_000 + KILLS * 10_000,
  );
});
