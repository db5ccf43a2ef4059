import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QueueDesk } from '../../src/queue/desk.js';
import { QueueDistributor } from '../../src/queue/distributor.js';
import { installQueue } from '../../src/queue/install.js';
import type { Claim, EndedUnit, UnitDraft } from '../../src/queue/port.js';
import { workerShares } from '../../src/queue/worker-shares.js';
import type { ActiveRun } from '../../src/registry/port.js';
import { openRegistry, type Registry } from '../../src/registry/registry.js';
import { runEnd, runStart } from '../registry/runs/support.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let fresh: FreshDatabase;
let registry: Registry;
let run: ActiveRun;
let distributor: QueueDistributor;
let desks: QueueDesk[];
let ended: EndedUnit[];
let stop: AbortController;

beforeEach(async () => {
  fresh = await freshDatabase();
  registry = await openRegistry(fresh.url);
  await installQueue(registry.database);
  desks = [];
  ended = [];
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  for (const desk of desks) await desk.close();
  await distributor.close();
  await run.finish(runEnd());
  await registry.close();
  await fresh.drop();
});

interface Going {
  done: Promise<void>;
}

async function share(units: number, bytesPerSecond?: number): Promise<Going> {
  const start = runStart({ id: randomUUID() });
  run = await registry.runs.begin(start);
  const plan = { runId: start.id, job: 'test', options: { a: '\0' }, bytesPerSecond };
  distributor = await QueueDistributor.open(registry.database, plan, () => undefined);
  const events = { ended: (unit: EndedUnit) => void ended.push(unit), waiting: () => undefined };
  const done = distributor.run(drafts(units), events, stop.signal);
  // Looked at later; it must not be an unhandled rejection until then.
  done.catch(() => undefined);
  return { done };
}

async function* drafts(units: number): AsyncGenerator<UnitDraft> {
  for (let i = 0; i < units; i += 1) yield { needs: { disk: i % 2 }, about: `unit ${i}`, payload: { i } };
}

async function desk(name: string): Promise<QueueDesk> {
  const opened = await QueueDesk.open(registry.database, name);
  desks.push(opened);
  return opened;
}

/** The next unit, of a disk where one is named. */
async function take(from: QueueDesk, disk?: number): Promise<Claim> {
  let claim: Claim | undefined;
  await expect
    .poll(
      async () => {
        for (const work of await from.open()) {
          if (disk !== undefined && (work.needs as { disk: number }).disk !== disk) continue;
          claim ??= await from.take(work);
        }
        return claim;
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBeDefined();
  return claim as Claim;
}

/** What a dead worker and pg-boss's supervisor would do to the unit, without the wait. */
async function silence({ runId, unit }: Claim): Promise<void> {
  await registry.database.query(
    `update salvor.work set touched_at = now() - interval '1 minute' where run_id = $1 and unit = $2`,
    [runId, unit],
  );
  await registry.database.query(
    `update salvor_pgboss.job set state = 'retry', retry_count = retry_count + 1, start_after = now() - interval '1 second'
     where state = 'active' and (data->>'unit')::integer = $1`,
    [unit],
  );
}

const nothing = { items: 0, bytes: 0 };

describe('a unit', () => {
  it('is told once with all that was reported, by whom, and comes back as it was sent', async () => {
    const going = await share(3);
    const one = await desk('one');
    for (let i = 0; i < 3; i += 1) {
      const claim = await take(one);
      expect(claim).toMatchObject({ job: 'test', options: { a: '\0' }, attempt: 1, reports: [] });
      await claim.reportNow({ of: claim.about }, { items: 2, bytes: 5 });
      await claim.done(claim.payload);
    }
    await going.done;
    expect(ended).toHaveLength(3);
    for (const unit of ended) {
      expect(unit).toMatchObject({
        state: 'done',
        worker: 'one',
        attempts: 1,
        reports: [{ of: `unit ${unit.unit}` }],
        result: { i: unit.unit },
      });
    }
    expect(await workerShares(registry.database, run.id)).toMatchObject([
      { worker: 'one', units: 3, items: 6, bytes: 15 },
    ]);
  });

  it('of a worker that was silent goes to another, which knows what was reported; the first can add nothing', async () => {
    const going = await share(1);
    const slow = await take(await desk('slow'));
    await slow.reportNow('first', nothing);
    await silence(slow);
    const quick = await take(await desk('quick'));
    expect(quick).toMatchObject({ unit: slow.unit, attempt: 2, reports: ['first'] });
    await expect(slow.reportNow('late', nothing)).rejects.toMatchObject({ code: 'work.lost' });
    await expect(slow.done('late')).rejects.toMatchObject({ code: 'work.lost' });
    await slow.release();
    await quick.reportNow('second', nothing);
    await quick.done('well');
    await going.done;
    expect(ended).toMatchObject([
      { state: 'done', worker: 'quick', attempts: 2, reports: ['first', 'second'], result: 'well' },
    ]);
  });

  it('is not taken by two, though it was sent twice', async () => {
    const going = await share(1);
    const [one, two] = [await desk('one'), await desk('two')];
    const claim = await take(one);
    await registry.database.query(
      `insert into salvor_pgboss.job (name, data) select name, data from salvor_pgboss.job where state = 'active'`,
    );
    for (const work of await two.open()) expect(await two.take(work)).toBeUndefined();
    await claim.done(null);
    await going.done;
    expect(ended).toMatchObject([{ attempts: 1, worker: 'one' }]);
  });

  it('that is given back goes to another at once', async () => {
    const going = await share(1);
    const first = await take(await desk('first'));
    await first.reportNow('a part', nothing);
    await first.release();
    const second = await take(await desk('second'));
    expect(second.reports).toEqual(['a part']);
    await second.done(null);
    await going.done;
    expect(ended).toMatchObject([{ state: 'done', worker: 'second', reports: ['a part'] }]);
  });

  it('that fails is tried again, and given up after four attempts', async () => {
    const going = await share(1);
    const only = await desk('only');
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const claim = await take(only);
      expect(claim.attempt).toBe(attempt);
      await claim.failed({ code: 'no', message: `no ${attempt}` });
    }
    await going.done;
    expect(ended).toMatchObject([{ state: 'dead', attempts: 4, error: { code: 'no', message: 'no 4' } }]);
  });

  it('is taken back when the run is stopped; what was reported is told, and nothing can be reported later', async () => {
    const going = await share(3);
    const one = await desk('one');
    const claim = await take(one);
    await claim.reportNow('a part', nothing);
    stop.abort();
    await expect.poll(() => claim.over.aborted, { timeout: 10_000 }).toBe(true);
    await claim.release();
    await going.done;
    expect(ended.map(({ state }) => state)).toEqual(['recalled', 'recalled', 'recalled']);
    expect(ended.find(({ unit }) => unit === claim.unit)?.reports).toEqual(['a part']);
    await expect(claim.reportNow('late', nothing)).rejects.toMatchObject({ code: 'work.lost' });
    expect(await one.open()).toEqual([]);
  });

  it('is offered with what it needs, so that a worker takes only what it can do', async () => {
    const going = await share(4);
    const one = await desk('one');
    const odd = [await take(one, 1), await take(one, 1)];
    expect(odd.map(({ payload }) => payload)).toEqual([{ i: 1 }, { i: 3 }]);
    expect(await Promise.all((await one.open()).map(({ needs }) => needs))).toEqual([
      { disk: 0 },
      { disk: 1 },
    ]);
    for (const claim of [...odd, await take(one, 0), await take(one, 0)]) await claim.done(null);
    await going.done;
  });

  it('has its share of the rate, and all shares together never exceed it', async () => {
    const RATE = 1000;
    const going = await share(3, RATE);
    const rates = new Map<number, number>();
    const claims: Claim[] = [];
    let most = 0;
    for (const name of ['one', 'two', 'three']) {
      const claim = await take(await desk(name));
      claims.push(claim);
      claim.onRate((rate) => {
        rates.set(claim.unit, rate ?? Number.POSITIVE_INFINITY);
        const { sum } = [...rates.values()].reduce((all, one) => ({ sum: all.sum + one }), { sum: 0 });
        most = Math.max(most, sum);
      });
    }
    await expect
      .poll(() => [...rates.values()].sort((a, b) => a - b), { timeout: 20_000 })
      .toEqual([333, 333, 333]);
    await claims.pop()?.done(null);
    rates.delete([...rates.keys()].at(-1) ?? -1);
    await expect
      .poll(() => [...rates.values()].sort((a, b) => a - b), { timeout: 20_000 })
      .toEqual([500, 500]);
    expect(most).toBeLessThanOrEqual(RATE);
    for (const claim of claims) await claim.done(null);
    await going.done;
  });
});
