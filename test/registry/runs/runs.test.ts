import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/registry/database.js';
import { openRegistry, type Registry } from '../../../src/registry/registry.js';
import { PostgresRuns } from '../../../src/registry/runs/runs.js';
import type { Session } from '../../../src/registry/session.js';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.js';
import { runEnd, runStart } from './support.js';

let fresh: FreshDatabase;
let registry: Registry;

beforeAll(async () => {
  fresh = await freshDatabase();
  registry = await openRegistry(fresh.url, { heartbeatMs: 20 });
});

afterAll(async () => {
  await registry.close();
  await fresh.drop();
});

/** A scope that no other test of this file uses. */
const scope = (name: string) => `s3://${name}/`;

async function silence(id: string, minutes: number): Promise<void> {
  await registry.database.query(
    "update salvor.runs set heartbeat_at = now() - $2 * interval '1 minute' where id = $1",
    [id, minutes],
  );
}

describe('a run', () => {
  it('has its row before the work, and its end in it afterwards', async () => {
    const start = runStart({ scope: scope('row'), options: { fail_on: 'all', at: ['a\0b'] } });
    const run = await registry.runs.begin(start);
    expect(await registry.runs.get(start.id)).toMatchObject({
      ...start,
      status: 'running',
      exitCode: null,
      finishedAt: null,
      summary: null,
    });
    const end = runEnd({
      status: 'findings',
      exitCode: 1,
      qualifying: false,
      summary: { 'odd\0\ud800': '␛' },
    });
    await run.finish(end);
    expect(await registry.runs.get(start.id)).toMatchObject({
      status: 'findings',
      exitCode: 1,
      qualifying: false,
      finishedAt: end.finishedAt,
      summary: end.summary,
    });
    expect(run.lost.aborted).toBe(false);
  });

  it('sends heartbeats', async () => {
    const run = await registry.runs.begin(runStart({ scope: scope('beat') }));
    await silence(run.id, 3);
    const old = await registry.runs.get(run.id);
    await expect
      .poll(async () => (await registry.runs.get(run.id))?.heartbeatAt.getTime())
      .toBeGreaterThan((old?.heartbeatAt.getTime() ?? 0) + 100_000);
    await run.finish(runEnd());
  });

  it('locks out others of its job and scope, and is named to them', async () => {
    const start = runStart({ scope: scope('lock'), host: 'host-b' });
    const run = await registry.runs.begin(start);
    const error = await registry.runs.begin(runStart({ scope: scope('lock') })).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'run.locked', exitCode: 4 });
    expect(String(error)).toContain(start.id);
    expect(String(error)).toContain('host-b');
    expect(String(error)).toContain(start.startedAt.toISOString());
    const otherJob = await registry.runs.begin(runStart({ scope: scope('lock'), job: 'listings build' }));
    const otherScope = await registry.runs.begin(runStart({ scope: scope('lock-2') }));
    await Promise.all([otherJob.finish(runEnd()), otherScope.finish(runEnd())]);
    await run.finish(runEnd());
    const next = await registry.runs.begin(runStart({ scope: scope('lock') }));
    expect(next.closedDead).toEqual([]);
    await next.finish(runEnd());
  });

  it('ends once', async () => {
    const run = await registry.runs.begin(runStart({ scope: scope('once') }));
    await run.finish(runEnd());
    await expect(run.finish(runEnd())).rejects.toThrow(/twice/);
  });

  it('may have odd characters in its names', async () => {
    const start = runStart({ scope: `s3://odd/\0\ud800␛`, host: 'h\0', job: 'j\0' });
    await (await registry.runs.begin(start)).finish(runEnd());
    expect(await registry.runs.lastComplete(start.job, start.scope)).toMatchObject({
      id: start.id,
      host: 'h\0',
    });
    expect(await registry.runs.list({ scope: start.scope, host: 'h\0', job: 'j\0' })).toHaveLength(1);
  });
});

describe('a dead run', () => {
  it('is closed by the next run, which says so', async () => {
    const dead = await registry.runs.begin(runStart({ scope: scope('dead') }));
    await dead.abandon();
    const next = await registry.runs.begin(runStart({ scope: scope('dead') }));
    expect(next.closedDead.map((run) => run.id)).toEqual([dead.id]);
    expect(next.closedDead[0]).toMatchObject({ status: 'incomplete', exitCode: 3 });
    expect((await registry.runs.get(dead.id))?.summary).toMatchObject({ error: { code: 'run.died' } });
    await next.finish(runEnd());
  });

  it('is closed by closeDead only if it was silent for 5 minutes and its lock is free', async () => {
    const quiet = await openRegistry(fresh.url, { heartbeatMs: 3_600_000 });
    const recent = await quiet.runs.begin(runStart({ scope: scope('recent') }));
    const locked = await quiet.runs.begin(runStart({ scope: scope('locked') }));
    const dead = await quiet.runs.begin(runStart({ scope: scope('silent') }));
    await Promise.all([recent.abandon(), dead.abandon()]);
    await silence(recent.id, 4);
    await Promise.all([silence(locked.id, 6), silence(dead.id, 6)]);
    expect((await quiet.runs.closeDead()).map((run) => run.id)).toEqual([dead.id]);
    expect(await quiet.runs.closeDead()).toEqual([]);
    expect((await quiet.runs.get(recent.id))?.status).toBe('running');
    expect((await quiet.runs.get(locked.id))?.status).toBe('running');
    await locked.finish(runEnd());
    await quiet.close();
  });

  it('that is still alive learns that it was closed, and cannot settle anything', async () => {
    const start = runStart({ scope: scope('undead') });
    const run = await registry.runs.begin(start);
    await registry.database.query(
      "update salvor.runs set status = 'incomplete', exit_code = 3, finished_at = now() where id = $1",
      [start.id],
    );
    await expect.poll(() => run.lost.aborted).toBe(true);
    expect(run.lost.reason).toMatchObject({ code: 'run.closed' });
    await run.findings.stage([{ code: 'c', subject: 's', severity: 'error', violation: true }]);
    await expect(run.finish(runEnd({ settle: { completePrefixes: [''] } }))).rejects.toMatchObject({
      code: 'run.closed',
    });
    expect((await registry.runs.get(start.id))?.status).toBe('incomplete');
    const { rowCount } = await registry.database.query('select from salvor.findings where scope = $1', [
      start.scope,
    ]);
    expect(rowCount).toBe(0);
  });
});

describe('the queries', () => {
  it('find runs, the newest first', async () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
    for (const [index, id] of [a, b, c].entries()) {
      const start = runStart({
        id,
        scope: scope('queries'),
        startedAt: at(index),
        host: index === 1 ? 'other' : 'host-a',
      });
      const run = await registry.runs.begin(start);
      const status = (['ok', 'findings', 'incomplete'] as const)[index] ?? 'ok';
      await run.finish(runEnd({ status, exitCode: [0, 1, 3][index] ?? 0, qualifying: index !== 2 }));
    }
    const ids = async (filter: Parameters<Registry['runs']['list']>[0]) =>
      (await registry.runs.list({ scope: scope('queries'), ...filter })).map((run) => run.id);
    expect(await ids({})).toEqual([c, b, a]);
    expect(await ids({ limit: 1 })).toEqual([c]);
    expect(await ids({ status: 'ok' })).toEqual([a]);
    expect(await ids({ host: 'other' })).toEqual([b]);
    expect(await ids({ job: 'nothing' })).toEqual([]);
    expect((await registry.runs.lastComplete('listings verify', scope('queries')))?.id).toBe(b);
    expect(await registry.runs.lastComplete('listings verify', scope('never'))).toBeUndefined();
    expect(await registry.runs.get(a.toUpperCase())).toMatchObject({ id: a });
    expect(await registry.runs.get('no uuid')).toBeUndefined();
    const newest = (await registry.runs.newestPerScope()).filter((run) => run.scope === scope('queries'));
    expect(newest.map((run) => [run.host, run.id])).toEqual([
      ['host-a', c],
      ['host-a', a],
      ['other', b],
    ]);
    expect(await registry.runs.newestPerScope('nothing')).toEqual([]);
  });
});

describe('a database that becomes unavailable', () => {
  it('ends the run with a failure, and the row of the run records it', async () => {
    const own = await freshDatabase();
    const short = await openRegistry(own.url, { heartbeatMs: 3_600_000 });
    const start = runStart();
    const run = await short.runs.begin(start);
    const told = new Promise((resolve) => run.lost.addEventListener('abort', resolve, { once: true }));
    await own.terminateSessions();
    await told;
    expect(run.lost.reason).toMatchObject({ code: 'registry.unavailable', exitCode: 3 });
    await expect(run.findings.openCount()).rejects.toMatchObject({ code: 'registry.unavailable' });
    await expect(run.finish(runEnd())).rejects.toMatchObject({ code: 'registry.unavailable' });
    expect(await short.runs.get(start.id)).toMatchObject({ status: 'incomplete', exitCode: 3 });
    const next = await short.runs.begin(runStart());
    await next.finish(runEnd());
    await short.close();
    await own.drop();
  });

  it('is not needed to lose the lock: a pooler may give the session another backend', async () => {
    const sessions: Session[] = [];
    const behindPooler: Database = {
      ...registry.database,
      query: (text, values) => registry.database.query(text, values),
      session: async () => {
        const session = await registry.database.session();
        sessions.push(session);
        return session;
      },
    };
    const runs = new PostgresRuns(behindPooler, { heartbeatMs: 20 });
    const start = runStart({ scope: scope('pooler') });
    const run = await runs.begin(start);
    await sessions[0]?.query('select pg_advisory_unlock_all()');
    await expect.poll(() => run.lost.aborted).toBe(true);
    expect(run.lost.reason).toMatchObject({ code: 'run.lock_lost' });
    await expect(run.finish(runEnd())).rejects.toMatchObject({ code: 'run.lock_lost' });
    expect(await registry.runs.get(start.id)).toMatchObject({ status: 'incomplete', exitCode: 3 });
  });
});
