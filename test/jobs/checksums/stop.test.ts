import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.js';
import { Failure } from '../../../src/core/failure.js';
import { StopRequest } from '../../../src/core/stop.js';
import { openFiles } from '../../../src/files/thread-pool.js';
import { parseWindow } from '../../../src/jobs/checksums/pipeline/window.js';
import { workerScript } from '../../files/support.js';
import { makeWorld, type World } from './support.js';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
  for (let i = 0; i < 40; i += 1) await world.file(`f${i}`, `content ${i}`);
  await world.sql(
    `insert into artifacts (id, artifact_type, file_path, metadata)
     select lpad(i::text, 2, '0'), 't' || i % 2, 'f' || i, '{}' from generate_series(0, 39) i`,
  );
});
afterEach(() => world.close());

/** A clock that moves only when a test moves it, and then wakes the sleepers that are due. */
class HandClock implements Clock {
  #now: number;
  #sleepers: { at: number; wake: () => void }[] = [];
  constructor(start: string) {
    this.#now = Date.parse(start);
  }
  now(): Date {
    return new Date(this.#now);
  }
  monotonicMs(): number {
    return this.#now;
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#sleepers.push({ at: this.#now + ms, wake });
      signal?.addEventListener('abort', wake);
    });
  }
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.at <= this.#now) sleeper.wake();
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > this.#now);
  }
  get sleeping(): number {
    return this.#sleepers.length;
  }
}

/** A writer that does something before a commit. */
function beforeCommit(which: number, happens: () => void) {
  const inner = world.artifacts.writer();
  let commits = 0;
  return {
    commit: (...args: Parameters<typeof inner.commit>) => {
      commits += 1;
      if (commits === which) happens();
      return inner.commit(...args);
    },
  };
}

const journaled = async () => (await world.sql('select from salvor.journal')).length;

describe('--limit', () => {
  it('stops after that many rows, and the next run continues from there', async () => {
    const first = await world.backfill({ limit: 15, batchRows: 10 });
    expect(first.outcome).toMatchObject({ status: 'partial', exitCode: 0 });
    expect(first.outcome.summary).toMatchObject({
      rows_scanned: 15,
      rows_remaining: 25,
      stopped_by: 'limit',
    });
    const second = await world.backfill({ limit: 25 });
    expect(second.outcome).toMatchObject({ status: 'ok', summary: { rows_updated: 25, stopped_by: null } });
  });

  it('of zero scans nothing', async () => {
    const { outcome } = await world.backfill({ limit: 0 });
    expect(outcome.summary).toMatchObject({ rows_scanned: 0, rows_remaining: 40, stopped_by: 'limit' });
  });
});

describe('--type', () => {
  it('leaves the others alone and uncounted', async () => {
    const { outcome } = await world.backfill({ types: ['t1'] });
    expect(outcome.summary).toMatchObject({ rows_updated: 20, by_type: { t1: { rows_updated: 20 } } });
    expect(Object.keys(outcome.summary.by_type)).toEqual(['t1']);
  });
});

describe('a signal', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s stops at a safe point; what is committed counts',
    async (name) => {
      const stop = new AbortController();
      const writer = beforeCommit(2, () => stop.abort(new StopRequest(name)));
      const { outcome } = await world.backfill({ batchRows: 5 }, { signal: stop.signal, writer });
      expect(outcome).toMatchObject({ status: 'interrupted', exitCode: name === 'SIGINT' ? 130 : 143 });
      const { rows_scanned: scanned, rows_remaining: remaining } = outcome.summary;
      expect(outcome.summary.stopped_by).toBe('signal');
      expect(scanned).toBeGreaterThanOrEqual(10);
      expect(scanned + remaining).toBe(40);
      expect(await journaled()).toBe(scanned);
      expect((await world.backfill()).outcome.summary).toMatchObject({ rows_updated: remaining });
      expect(await journaled()).toBe(40);
    },
  );

  it('ends a read that waits for its rate', async () => {
    const stop = new AbortController();
    const files = await openFiles({
      roots: [{ path: world.root }],
      threads: 1,
      bytesPerSecond: 1,
      workerScript,
    });
    const run = world.backfill({}, { signal: stop.signal, files });
    while (files.bytesRead === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new StopRequest('SIGTERM'));
    const { outcome } = await run;
    expect(outcome).toMatchObject({ exitCode: 143, summary: { stopped_by: 'signal' } });
    expect(await journaled()).toBe(outcome.summary.rows_scanned);
  });

  it('caused by a failure ends the run as incomplete', async () => {
    const stop = new AbortController();
    const writer = beforeCommit(2, () => stop.abort(new Failure('run.lost', 'the lock is gone')));
    const { outcome } = await world.backfill({ batchRows: 5 }, { signal: stop.signal, writer });
    expect(outcome).toMatchObject({ status: 'incomplete', exitCode: 3, failure: { code: 'run.lost' } });
  });
});

describe('the window', () => {
  const window = parseWindow('02:00-06:00', 'UTC');

  it('that is closed is a failure, and nothing was touched', async () => {
    const clock = new HandClock('2026-05-01T12:00:00Z');
    await expect(world.backfill({ window }, { clock })).rejects.toMatchObject({
      code: 'window.closed',
      exitCode: 3,
    });
    expect(await journaled()).toBe(0);
  });

  it('is waited for on request', async () => {
    const clock = new HandClock('2026-05-01T01:00:00Z');
    const run = world.backfill({ window, wait: true }, { clock });
    for (let minutes = 0; minutes < 60; minutes += 1) {
      while (clock.sleeping === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      clock.advance(60_000);
    }
    expect((await run).outcome).toMatchObject({ status: 'ok', summary: { rows_updated: 40 } });
  });

  it('that closes stops the run cleanly: partial', async () => {
    const clock = new HandClock('2026-05-01T05:59:30Z');
    const writer = beforeCommit(2, () => clock.advance(60_000));
    const { outcome } = await world.backfill({ window, batchRows: 5 }, { clock, writer });
    expect(outcome).toMatchObject({ status: 'partial', exitCode: 0, summary: { stopped_by: 'window' } });
    expect(outcome.summary.rows_scanned + outcome.summary.rows_remaining).toBe(40);
    expect(await journaled()).toBe(outcome.summary.rows_scanned);
  });
});

describe('a root that is unmounted during the run', () => {
  it('does not make any file missing', async () => {
    const stop = () => {
      renameSync(world.root, `${world.root}.gone`);
      mkdirSync(world.root);
    };
    try {
      const { outcome, findings } = await world.backfill({ batchRows: 5 }, { writer: beforeCommit(1, stop) });
      expect(outcome).toMatchObject({ exitCode: 3, failure: { code: 'root.unavailable' } });
      expect(outcome.summary).toMatchObject({ rows_no_file: 0, rows_lost: 0 });
      expect(findings).toEqual([]);
    } finally {
      writeFileSync(`${world.root}/x`, '');
    }
  });
});

describe('batches', () => {
  it('that do not fill are committed after their time', async () => {
    const files = await openFiles({
      roots: [{ path: world.root }],
      threads: 1,
      bytesPerSecond: 10,
      workerScript,
    });
    const stop = new AbortController();
    const run = world.backfill({ commitEveryMs: 50 }, { files, signal: stop.signal });
    while ((await journaled()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort(new StopRequest('SIGTERM'));
    expect((await run).outcome.summary.rows_remaining).toBeGreaterThan(0);
  });
});
