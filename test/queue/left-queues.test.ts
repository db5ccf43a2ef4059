import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QueueDistributor } from '../../src/queue/distributor.js';
import { SharedRun, take } from './support.js';

let dead: SharedRun;
beforeEach(async () => {
  dead = await SharedRun.open();
});
afterEach(async () => {
  await dead.registry.database.query(
    `update salvor.runs set status = 'running', exit_code = null, finished_at = null`,
  );
  await dead.close();
});

/** What the next run does first with one that died. */
async function closeRun({ registry }: SharedRun): Promise<void> {
  await registry.database.query(
    `update salvor.runs set status = 'incomplete', exit_code = 3, finished_at = now()`,
  );
}

describe('the queues of a run that died', () => {
  it('are removed by the next run, although a worker returns a unit at that moment', async () => {
    const { database } = dead.registry;
    dead.share(1);
    const claim = await take(await dead.client('one'));
    await closeRun(dead);
    // Holds whoever deletes a queue where it has deleted the messages and not yet the queue.
    await database.query(
      `create function hold() returns trigger language plpgsql as $$
         begin perform pg_advisory_xact_lock(1); return null; end $$;
       create trigger hold before delete on salvor_pgboss.queue for each statement execute function hold()`,
    );
    const holder = await database.session();
    await holder.query('select pg_advisory_lock(1)');
    const plan = { runId: randomUUID(), job: 'test', options: null };
    const opening = QueueDistributor.open(database, plan, () => undefined);
    // It must not be an unhandled rejection until it is looked at.
    opening.catch(() => undefined);
    const waiting = `select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`;
    await expect.poll(async () => (await database.query(waiting)).rowCount).toBeGreaterThan(0);
    await database.query('insert into salvor_pgboss.job (name) values ($1)', [claim.queue]);
    await holder.close();
    await (await opening).close();
    const { rows } = await database.query('select name from salvor_pgboss.queue where name = $1', [
      claim.queue,
    ]);
    expect(rows).toEqual([]);
  });

  it('get no unit back: a worker that is asked to stop drops its unit', async () => {
    const { database } = dead.registry;
    dead.share(1);
    const claim = await take(await dead.client('one'));
    await closeRun(dead);
    await claim.release();
    const { rows } = await database.query<{ state: string }>('select state from salvor.work');
    expect(rows).toEqual([{ state: 'recalled' }]);
  });
});
