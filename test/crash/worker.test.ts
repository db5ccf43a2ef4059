import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { privateServer } from '../support/postgres.js';
import { type Registry, SharedWorld } from '../support/shared-world.js';
import type { WorkerProcess } from '../support/worker-process.js';

const SLOW = { preload: ['slow-reads.mjs'], env: { READ_LATENCY_MS: '10' } };
const OUTAGE_MS = 10_000;

let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

/** Waits until this worker has a unit, of which it has reported a part where `part` is asked for. */
async function busy(registry: Registry, worker: WorkerProcess): Promise<void> {
  await expect
    .poll(
      async () => {
        const { rowCount } = await registry.database.query(
          `select from salvor.work w where w.worker = $1 and w.state = 'active'
             and exists (select from salvor.work_reports r where r.run_id = w.run_id and r.unit = w.unit)`,
          [worker.name],
        );
        return rowCount > 0;
      },
      { interval: 5 },
    )
    .toBe(true);
}

describe('a run that workers share', () => {
  it('has one coordinator at a time; if it is killed, the next does the work, and the old units are discarded', async () => {
    const rows = 800;
    world.makeFiles(rows);
    const alone = await world.registry(rows);
    const shared = await world.registry(rows);
    const worker = await world.worker(shared.config, SLOW);
    let kill: () => void = () => undefined;
    const killed = shared
      .run('checksums backfill --distribute --batch-rows 20', {
        started: (child) => {
          kill = () => child.kill('SIGKILL');
        },
      })
      .catch((error: unknown) => error);
    await busy(shared, worker);
    const second = await shared.run('checksums backfill --distribute');
    expect(second).toMatchObject({ code: 4, json: { error: { code: 'run.locked' } } });
    kill();
    await killed;
    const next = await shared.run('checksums backfill --distribute');
    await alone.run('checksums backfill');
    expect(next.json.summary).toMatchObject({ rows_remaining: 0, stopped_by: null });
    expect(await shared.state()).toEqual(await alone.state());
    const { rows: left } = await shared.database.query(
      `select from salvor.work where run_id <> $1 and state in ('queued', 'active')
         and touched_at > pg_catalog.now() - interval '1 second'`,
      [next.json.run_id],
    );
    expect(left).toEqual([]);
  });

  it('survives a database outage of ten seconds: workers wait for it, and the next run does the rest', async () => {
    const rows = 800;
    world.makeFiles(rows);
    const server = await privateServer();
    onTestFinished(() => server.remove());
    const alone = await world.registry(rows);
    const shared = await world.registry(rows, { url: server.url });
    onTestFinished(() => shared.close().catch(() => undefined));
    const workers = [await world.worker(shared.config, SLOW), await world.worker(shared.config, SLOW)];
    const running = shared.run('checksums backfill --distribute --batch-rows 20');
    await busy(shared, workers[0] as WorkerProcess);
    await server.stop('SIGINT');
    const outage = sleep(OUTAGE_MS);
    const stopped = await running;
    expect(stopped).toMatchObject({ code: 3, json: { error: { code: 'registry.unavailable' } } });
    await outage;
    await server.start();
    await shared.run('checksums backfill --distribute');
    await alone.run('checksums backfill');
    expect(await shared.state()).toEqual(await alone.state());
    for (const worker of workers) {
      expect(worker.child.exitCode).toBeNull();
      expect(await worker.end()).toBe(143);
    }
  });
});
