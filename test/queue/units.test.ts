import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Claim } from '../../src/queue/port.js';
import { workerShares } from '../../src/queue/worker-shares.js';
import { TELL_ENDED } from '../../src/registry/units/statements.js';
import { nothing, SharedRun, take } from './support.js';

let shared: SharedRun;
beforeEach(async () => {
  shared = await SharedRun.open();
});
afterEach(() => shared.close());

/** What a dead worker and pg-boss's supervisor would do to the unit, without the wait. */
async function silence({ runId, unit }: Claim): Promise<void> {
  await shared.registry.database.query(
    `update salvor.work set touched_at = now() - interval '1 minute' where run_id = $1 and unit = $2`,
    [runId, unit],
  );
  await shared.registry.database.query(
    `update salvor_pgboss.job set state = 'retry', retry_count = retry_count + 1, start_after = now() - interval '1 second'
     where state = 'active' and (data->>'unit')::integer = $1`,
    [unit],
  );
}

describe('a unit', () => {
  it('is returned once, as it was sent, with its worker and all of its reports', async () => {
    const going = shared.share(3);
    const one = await shared.client('one');
    for (let i = 0; i < 3; i += 1) {
      const claim = await take(one);
      expect(claim).toMatchObject({ job: 'test', options: { a: '\0' }, attempt: 1, reports: [] });
      await claim.reportNow({ of: claim.about }, { items: 2, bytes: 5 });
      await claim.done(claim.payload);
    }
    await going.done;
    expect(shared.ended).toHaveLength(3);
    for (const unit of shared.ended) {
      expect(unit).toMatchObject({
        state: 'done',
        worker: 'one',
        attempts: 1,
        reports: [{ of: `unit ${unit.unit}` }],
        result: { i: unit.unit },
      });
    }
    expect(await workerShares(shared.registry.database, shared.run.id)).toMatchObject([
      { worker: 'one', units: 3, items: 6, bytes: 15 },
    ]);
  });

  it('whose reads hang is abandoned, and another worker does it', async () => {
    const going = shared.share(1);
    const one = await shared.client('hangs');
    const claim = await take(one);
    let bytes = 0;
    claim.keptWhile(() => bytes, 3000);
    // As long as bytes move it is kept, however long that takes.
    const moving = setInterval(() => (bytes += 1), 500);
    await sleep(5000);
    expect(claim.over.aborted).toBe(false);
    clearInterval(moving);
    await expect.poll(() => claim.over.aborted).toBe(true);
    expect(claim.over.reason).toMatchObject({
      code: 'work.lost',
      message: expect.stringContaining('nothing was read for 3 s'),
    });
    await expect(claim.reportNow({}, { items: 1, bytes: 1 })).rejects.toMatchObject({ code: 'work.lost' });
    await silence(claim);
    const other = await take(await shared.client('reads'));
    expect(other.attempt).toBe(2);
    await other.done({});
    await going.done;
    expect(shared.ended).toMatchObject([{ state: 'done', worker: 'reads', attempts: 2 }]);
  }, 60_000);

  it('with a large result is reported separately', async () => {
    const { database } = shared.registry;
    const query = database.query.bind(database);
    const told: number[] = [];
    let areDone = false;
    database.query = (async (text: string, values?: unknown[]) => {
      if (text !== TELL_ENDED) return query(text, values);
      if (!areDone) return { rows: [], rowCount: 0 };
      const answer = await query(text, values);
      if (answer.rows.length > 0) told.push(answer.rows.length);
      return answer;
    }) as typeof query;
    const going = shared.share(6);
    const one = await shared.client('one');
    // Random bytes do not compress. Most texts have 1 MB; one is larger than the limit of a query.
    const sizes = [1, 1, 1, 6, 1, 1].map((megabytes) => randomBytes(megabytes * 750_000).toString('base64'));
    for (const text of sizes) await (await take(one)).done(text);
    areDone = true;
    await going.done;
    expect(shared.ended.map(({ result }) => result)).toEqual(sizes);
    expect(told).toEqual([3, 1, 2]);
  });

  it('of a silent worker goes to another, which knows what was reported; the first can add nothing', async () => {
    const going = shared.share(1);
    const slow = await take(await shared.client('slow'));
    await slow.reportNow('first', nothing);
    await silence(slow);
    const quick = await take(await shared.client('quick'));
    expect(quick).toMatchObject({ unit: slow.unit, attempt: 2, reports: ['first'] });
    await expect(slow.reportNow('late', nothing)).rejects.toMatchObject({ code: 'work.lost' });
    await expect(slow.done('late')).rejects.toMatchObject({ code: 'work.lost' });
    await slow.release();
    await quick.reportNow('second', nothing);
    await quick.done('well');
    await going.done;
    expect(shared.ended).toMatchObject([
      { state: 'done', worker: 'quick', attempts: 2, reports: ['first', 'second'], result: 'well' },
    ]);
  });

  it('is not taken by two, though it was sent twice', async () => {
    const going = shared.share(1);
    const [one, two] = [await shared.client('one'), await shared.client('two')];
    const claim = await take(one);
    await shared.registry.database.query(
      `insert into salvor_pgboss.job (name, data) select name, data from salvor_pgboss.job where state = 'active'`,
    );
    for (const work of await two.open()) expect(await two.take(work)).toBeUndefined();
    await claim.done(null);
    await going.done;
    expect(shared.ended).toMatchObject([{ attempts: 1, worker: 'one' }]);
  });

  it('that is returned goes to another at once', async () => {
    const going = shared.share(1);
    const first = await take(await shared.client('first'));
    await first.reportNow('a part', nothing);
    await first.release();
    const second = await take(await shared.client('second'));
    expect(second.reports).toEqual(['a part']);
    await second.done(null);
    await going.done;
    expect(shared.ended).toMatchObject([{ state: 'done', worker: 'second', reports: ['a part'] }]);
  });

  it('that fails is retried, and abandoned after four attempts', async () => {
    const going = shared.share(1);
    const only = await shared.client('only');
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      const claim = await take(only);
      expect(claim.attempt).toBe(attempt);
      await claim.failed({ code: 'no', message: `no ${attempt}` });
    }
    await going.done;
    expect(shared.ended).toMatchObject([
      { state: 'dead', attempts: 4, error: { code: 'no', message: 'no 4' } },
    ]);
  });

  it('is taken back when the run is stopped, with its reports; later reports are refused', async () => {
    const going = shared.share(3);
    const one = await shared.client('one');
    const claim = await take(one);
    await claim.reportNow('a part', nothing);
    shared.stop.abort();
    await expect.poll(() => claim.over.aborted).toBe(true);
    await claim.release();
    await going.done;
    expect(shared.ended.map(({ state }) => state)).toEqual(['recalled', 'recalled', 'recalled']);
    expect(shared.ended.find(({ unit }) => unit === claim.unit)?.reports).toEqual(['a part']);
    await expect(claim.reportNow('late', nothing)).rejects.toMatchObject({ code: 'work.lost' });
    expect(await one.open()).toEqual([]);
  });

  it('is offered with what it needs, so that a worker takes only what it can do', async () => {
    const going = shared.share(4);
    const one = await shared.client('one');
    const odd = [await take(one, 1), await take(one, 1)];
    expect(odd.map(({ payload }) => payload)).toEqual([{ i: 1 }, { i: 3 }]);
    expect(await Promise.all((await one.open()).map(({ needs }) => needs))).toEqual([
      { disk: 0 },
      { disk: 1 },
    ]);
    for (const claim of [...odd, await take(one, 0), await take(one, 0)]) await claim.done(null);
    await going.done;
  });
});
