import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QueueDistributor } from '../../src/queue/distributor.js';
import { SharedRun, take } from './support.js';

let shared: SharedRun;
beforeEach(async () => {
  shared = await SharedRun.open();
});
afterEach(() => shared.close());

describe('messages that another program wrote or deleted', () => {
  it('a message in the wrong queue gives no unit to a worker that cannot do it', async () => {
    const { database } = shared.registry;
    shared.share(2);
    const client = await shared.client('one');
    const claim = await take(client, 0);
    const other = (await client.open()).find(({ queue }) => queue !== claim.queue);
    await claim.done(null);
    // The unit of disk 1, put into the queue of disk 0.
    await database.query('delete from salvor_pgboss.job where name = $1', [other?.queue]);
    await database.query(`insert into salvor_pgboss.job (name, data) values ($1, $2)`, [
      claim.queue,
      JSON.stringify({ runId: other?.runId, unit: 1 }),
    ]);
    expect(await client.take(claim)).toBeUndefined();
    const { rows } = await database.query('select unit, state from salvor.work where unit = 1');
    expect(rows).toEqual([{ unit: 1, state: 'queued' }]);
  });

  it('a unit whose message is gone is sent again', async () => {
    const { done } = shared.share(1);
    const client = await shared.client('one');
    await expect.poll(async () => (await client.open()).length, { interval: 20 }).toBe(1);
    const { rowCount } = await shared.registry.database.query('delete from salvor_pgboss.job');
    expect(rowCount).toBe(1);
    let claim = await client.take((await client.open())[0] as never);
    await expect
      .poll(
        async () => {
          claim ??= await client.take((await client.open())[0] as never);
          return claim;
        },
        { interval: 50, timeout: 60_000 },
      )
      .toBeDefined();
    await claim?.done(null);
    await done;
    expect(shared.ended).toHaveLength(1);
  }, 90_000);
});

it('a queue whose coordinator died before it was used is removed by the next run', async () => {
  const { database } = shared.registry;
  shared.share(1);
  const client = await shared.client('one');
  await expect.poll(async () => (await client.open()).length, { interval: 20 }).toBe(1);
  const queues = `select name from salvor_pgboss.queue where name like 'run\\_%'`;
  const order = await database.query(
    `select 1 from salvor.work_queues q where not exists (select from salvor_pgboss.queue b where b.name = q.queue)`,
  );
  expect(order.rowCount).toBe(0);
  // As a kill between the two leaves it: the queue's name is recorded, and it was never made.
  const runId = randomUUID();
  await database.query(`insert into salvor.work_plans (run_id, job, options) values ($1, 'test', '{}')`, [
    runId,
  ]);
  await database.query(`insert into salvor.work_queues (queue, run_id, needs) values ($1, $2, '{}')`, [
    `run_${runId}_0`,
    runId,
  ]);
  const plan = { runId: randomUUID(), job: 'test', options: null };
  const next = await QueueDistributor.open(database, plan, () => undefined);
  await next.close();
  expect((await database.query(queues)).rowCount).toBeGreaterThan(0);
});

it('a run whose only workers refuse it says so, and ends', async () => {
  const { database } = shared.registry;
  const client = await shared.client('picky');
  const runId = randomUUID();
  await database.query(
    `insert into salvor.runs (id, job, scope, host, pid, options, status, qualifying, version, started_at, heartbeat_at, scope_key)
     select $1, 'test', 'other', host, pid, options, 'running', qualifying, version, started_at, now(), 1 from salvor.runs`,
    [runId],
  );
  const notes: string[] = [];
  const plan = { runId, job: 'test', options: null, patienceMs: 500 };
  const unserved = await QueueDistributor.open(database, plan, (event) => {
    if (event.type === 'note') notes.push(event.message);
  });
  const drafts = async function* () {
    yield { needs: { disk: 9 }, about: 'all', payload: null };
  };
  const events = { ended: () => undefined, waiting: () => undefined };
  const ended = unserved.run(drafts(), events, new AbortController().signal);
  ended.catch(() => undefined);
  const mine = async () => (await client.open()).find((work) => work.runId === runId);
  await expect.poll(mine, { interval: 20 }).toBeDefined();
  await client.refuse((await mine()) as never, 'another version');
  await expect(ended).rejects.toMatchObject({
    code: 'work.no_worker',
    message: expect.stringContaining('picky: another version'),
  });
  expect(notes.join()).toContain('picky: another version');
  await unserved.close();
});
