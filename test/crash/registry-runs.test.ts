import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry, type Registry } from '../../src/registry/registry.js';
import { runEnd, runStart } from '../registry/runs/support.js';
import { compiledSources } from '../support/compiled.js';
import { type FreshDatabase, freshDatabase, privateServer } from '../support/postgres.js';
import { RegistryChild } from '../support/registry-child.js';

let sources: Awaited<ReturnType<typeof compiledSources>>;
let fresh: FreshDatabase;
let registry: Registry;
let children: RegistryChild[];

beforeAll(async () => {
  sources = await compiledSources();
});
afterAll(() => sources.remove());

beforeEach(async () => {
  children = [];
  fresh = await freshDatabase();
  registry = await openRegistry(fresh.url, { heartbeatMs: 20 });
});

afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  await registry.close();
  await fresh.drop();
});

async function child(): Promise<RegistryChild> {
  const made = new RegistryChild(sources.directory, fresh.url);
  children.push(made);
  await made.tell('open');
  return made;
}

const host = 'host-a';

describe('a run in another process', () => {
  it('keeps this one out, and is named with its host, process and start', async () => {
    const holder = await child();
    const start = runStart({ host });
    await holder.tell('begin', { start });
    const refused = await registry.runs.begin(runStart({ host: 'host-b' })).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'run.locked',
      exitCode: 4,
      detail: { run_id: start.id, host, pid: holder.pid, started_at: start.startedAt.toISOString() },
    });
    await holder.tell('finish', { end: runEnd() });
    await (await registry.runs.begin(runStart())).finish(runEnd());
  });

  it('lets exactly one of many in', async () => {
    const many = await Promise.all(Array.from({ length: 5 }, () => child()));
    const results = await Promise.allSettled(
      many.map((one) => one.tell('begin', { start: runStart({ host: 'elsewhere' }) })),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'run.locked' });
    }
  });

  it('that is killed gives way at once, is closed by the next, and settles nothing', async () => {
    const holder = await child();
    const start = runStart({ host });
    await holder.tell('begin', { start });
    const findings = [{ code: 'listing.missing', subject: 's', severity: 'error', violation: true }];
    expect(await holder.tell('stage', { findings })).toMatchObject({ new: 1 });
    await holder.kill();
    const next = await registry.runs.begin(runStart({ host }));
    expect(next.closedDead.map((run) => run.id)).toEqual([start.id]);
    expect(await next.findings.openCount()).toBe(0);
    await next.finish(runEnd());
    expect(await registry.runs.get(start.id)).toMatchObject({ status: 'incomplete', exitCode: 3 });
  });
});

describe('a server that is restarted in mid-run', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'by %s: the run is told, and the next one goes on',
    async (signal) => {
      const server = await privateServer();
      onTestFinished(() => server.remove());
      const own = await openRegistry(server.url, { heartbeatMs: 20 });
      onTestFinished(() => own.close());
      const start = runStart();
      const run = await own.runs.begin(start);
      await run.findings.stage([{ code: 'c', subject: 's', severity: 'error', violation: true }]);
      await server.stop(signal);
      await expect.poll(() => run.lost.aborted).toBe(true);
      expect(run.lost.reason).toMatchObject({ code: 'registry.unavailable' });
      await expect(run.finish(runEnd({ settle: { completePrefixes: [''] } }))).rejects.toMatchObject({
        code: 'registry.unavailable',
      });
      await server.start();
      const next = await own.runs.begin(runStart());
      expect(next.closedDead.map((dead) => dead.id)).toEqual([start.id]);
      expect(await next.findings.openCount()).toBe(0);
      await next.finish(runEnd());
      await own.close();
      await server.remove();
    },
  );
});
