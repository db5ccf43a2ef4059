import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openRegistry, type Registry } from '../../src/registry/registry.js';
import { runEnd, runStart } from '../registry/runs/support.js';
import { compiledSources } from '../support/compiled.js';
import { type FreshDatabase, freshDatabase, type PrivateServer, privateServer } from '../support/postgres.js';
import { processes } from '../support/processes.js';
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
  it('locks this one out, and is named with its host, process and start', async () => {
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

  it('that is killed releases its lock at once, is closed by the next, and settles nothing', async () => {
    const holder = await child();
    const start = runStart({ host });
    await holder.tell('begin', { start });
    const findings = [{ code: 'listing.missing', subject: 's', severity: 'error', violation: true }];
    expect(await holder.tell('stage', { findings })).toBe(1);
    await holder.kill();
    const next = await registry.runs.begin(runStart({ host }));
    expect(next.closedDead.map((run) => run.id)).toEqual([start.id]);
    expect(await next.findings.openCount()).toBe(0);
    await next.finish(runEnd());
    expect(await registry.runs.get(start.id)).toMatchObject({ status: 'incomplete', exitCode: 3 });
  });
});

describe('a server that is restarted during a run', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'by %s: the run notices, and the next one continues',
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

describe('a server that stops responding during a run', () => {
  function signal(pids: readonly number[], name: NodeJS.Signals): void {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended by itself meanwhile.
      }
    }
  }

  /**
   * Stops the server and what serves its connections: it is as if the network swallowed every packet. First the one
   * that starts the others: a connection that is just being made must not go on
   * either.
   */
  async function silence(server: PrivateServer): Promise<() => void> {
    const postmaster = (await server.pid()) ?? 0;
    const pids = [postmaster];
    process.kill(postmaster, 'SIGSTOP');
    await expect.poll(() => processes().find(({ pid }) => pid === postmaster)?.state).toMatch(/^T/);
    pids.push(...processes().flatMap(({ pid, parent }) => (parent === postmaster ? [pid] : [])));
    signal(pids, 'SIGSTOP');
    return () => signal(pids.splice(0), 'SIGCONT');
  }

  it('is abandoned: the run and its waiters get an error, and the next run continues when the server responds', async () => {
    const server = await privateServer();
    onTestFinished(() => server.remove());
    const own = await openRegistry(server.url, { heartbeatMs: 50, silenceMs: 500, connectTimeoutMs: 1000 });
    const start = runStart();
    const run = await own.runs.begin(start);
    const speak = await silence(server);
    onTestFinished(speak);
    const waiting = await Promise.allSettled([run.findings.openCount(), own.database.query('select 1')]);
    const gone = { status: 'rejected', reason: { code: 'registry.unavailable' } };
    expect(waiting).toMatchObject([gone, gone]);
    expect(run.lost.reason).toMatchObject({
      code: 'registry.unavailable',
      message: expect.stringContaining('no answer to 10 heartbeats'),
    });
    await expect(run.finish(runEnd())).rejects.toMatchObject({ code: 'registry.unavailable' });
    speak();
    await expect
      .poll(async () => own.runs.begin(runStart()).then(async (next) => next.finish(runEnd())))
      .toBeUndefined();
    expect(await own.runs.get(start.id)).toMatchObject({ status: 'incomplete', exitCode: 3 });
    await own.close();
  });

  it('is abandoned at the end of the run too', async () => {
    const server = await privateServer();
    onTestFinished(() => server.remove());
    const own = await openRegistry(server.url, { heartbeatMs: 50, silenceMs: 500, connectTimeoutMs: 1000 });
    const run = await own.runs.begin(runStart());
    onTestFinished(await silence(server));
    await expect(run.finish(runEnd())).rejects.toMatchObject({ code: 'registry.unavailable' });
  });

  // A silence that no busy machine reaches by itself, and beats for longer than that.
  const BUSY = { heartbeatMs: 50, silenceMs: 2000 };
  const BEATS = 60;

  it('but one that is only busy is not: its refusals are signs of life', async () => {
    const own = await openRegistry(fresh.url, BUSY);
    onTestFinished(() => own.close());
    const run = await own.runs.begin(runStart());
    const query = own.database.query.bind(own.database);
    let refused = 0;
    own.database.query = (async (text: string, values?: unknown[]) => {
      if (!text.includes('heartbeat_at')) return query(text, values);
      refused += 1;
      return query('select 1 / 0');
    }) as typeof query;
    await registry.database.transaction(async (tx) => {
      await tx.query('lock table salvor.findings in access exclusive mode');
      // The run's own connection waits for the lock, for longer than a silent server is waited for.
      const waiting = run.findings.openCount();
      await expect.poll(() => refused).toBeGreaterThan(BEATS);
      expect(run.lost.aborted).toBe(false);
      void waiting;
    });
    await run.finish(runEnd());
  });

  it('nor is one where another session locks the row of the run for long: the server responds', async () => {
    const own = await openRegistry(fresh.url, BUSY);
    onTestFinished(() => own.close());
    let asked = 0;
    const open = own.database.session.bind(own.database);
    own.database.session = async () => {
      const session = await open();
      const query = session.query.bind(session);
      session.query = ((text: string, values?: unknown[]) => {
        asked += text === 'select 1' ? 1 : 0;
        return query(text, values);
      }) as typeof query;
      return session;
    };
    const run = await own.runs.begin(runStart());
    await registry.database.transaction(async (tx) => {
      await tx.query('select from salvor.runs where id = $1 for update', [run.id]);
      await expect.poll(() => run.lost.aborted || asked > BEATS).toBe(true);
      expect(run.lost.reason).toBeUndefined();
    });
    await run.finish(runEnd());
  });
});
