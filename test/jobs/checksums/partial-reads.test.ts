import { createHash } from 'node:crypto';
import { appendFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import type { Finding } from '../../../src/core/finding.js';
import { StopRequest } from '../../../src/core/stop.js';
import { openFiles } from '../../../src/files/thread-pool.js';
import type { ScrubOptions } from '../../../src/jobs/checksums/options.js';
import { scrubChecksums } from '../../../src/jobs/checksums/scrub/scrub.js';
import { PostgresPartialReads } from '../../../src/registry/partial-reads.js';
import { partialProgress } from '../../../src/registry/queries/partial-progress.js';
import { workerScript } from '../../files/support.js';
import { DEFAULTS, makeWorld, type World } from './support.js';

const MB = 1_000_000;
const DAY = 86_400_000;
const LARGE = Buffer.alloc(2 * MB, 'large');
const RUN_ID = '00000000-0000-4000-8000-000000000002';
const hashOf = (algorithm: string): string => createHash(algorithm).update(LARGE).digest('hex');

let world: World;
beforeEach(async () => {
  world = await makeWorld({ table: { digests: [{ key: 'metadata.md5', algorithm: 'md5' }] } });
  await world.file('large', LARGE);
  await world.row('0', 'large', JSON.stringify({ md5: hashOf('md5') }));
  for (let i = 1; i <= 5; i += 1) {
    await world.file(`small${i}`, `small ${i}`);
    await world.row(String(i), `small${i}`);
  }
});
afterEach(() => world.close());

const kept = () =>
  world.sql<{ offset: number; size: number }>(
    'select offset_bytes as offset, size_bytes as size from salvor.partial_reads',
  );

/** A scrub that is limited by bytes, or by time and rate. */
async function scrub(options: Partial<ScrubOptions>, signal = new AbortController().signal) {
  const findings: Finding[] = [];
  const { bytesPerSecond } = options;
  const files = await openFiles({ roots: [{ path: world.root }], threads: 2, workerScript, bytesPerSecond });
  try {
    const outcome = await scrubChecksums(
      { ...DEFAULTS, runId: RUN_ID, periodMs: 90 * DAY, ...options },
      {
        artifacts: world.artifacts.reader,
        writer: world.artifacts.writer(),
        writes: true,
        drift: world.drift,
        parts: new PostgresPartialReads(world.db, world.artifacts.shape.table),
        noteVerified: (run) => world.artifacts.writer().noteVerified(run),
        files,
        clock: systemClock,
        emit: (event) => {
          if (event.type === 'finding') findings.push(event.finding);
        },
        signal,
      },
    );
    return { outcome, summary: outcome.summary, codes: findings.map(({ code }) => code) };
  } finally {
    await files.close();
  }
}

/** The large file was verified longest ago. */
async function hashAll(): Promise<void> {
  await world.backfill();
  await world.sql(
    `update artifacts set metadata = metadata || '{"file_sha256_computed_at": "2026-01-01T00:00:00.000Z"}' where id = '0'`,
  );
}

const table = (): string => world.artifacts.shape.table;

function replace(at: string): void {
  writeFileSync(`${at}.new`, LARGE);
  renameSync(`${at}.new`, at);
}

describe('a file that is larger than --max-bytes', () => {
  it('does not keep small files from being verified, and is finished over several runs, each byte read once', async () => {
    await hashAll();
    let bytes = 0;
    let runs = 0;
    for (let summary = (await scrub({ maxBytes: 500_000 })).summary; ; runs += 1) {
      bytes += summary.bytes_hashed;
      expect(summary.rows_unchanged).toBeGreaterThanOrEqual(5);
      expect(summary.bytes_hashed).toBeLessThanOrEqual(500_000);
      if (summary.rows_unchanged === 6) break;
      expect(summary).toMatchObject({ rows_partial: 1, stopped_by: 'limit', rows_remaining: 1 });
      if (runs > 10) throw new Error('it is never finished');
      summary = (await scrub({ maxBytes: 500_000 })).summary;
    }
    expect(await partialProgress(world.db, table())).toBeUndefined();
    const small = 35 * (runs + 1);
    expect(bytes - small).toBe(2 * MB);
    expect(await kept()).toEqual([]);
    const [verified] = await world.sql<{ at: Date | null }>(
      `select verified_at as at from salvor.digests where artifact_id = '0'`,
    );
    expect(verified?.at).not.toBeNull();
  });

  it('is shown with its progress and the number of runs it needs', async () => {
    await hashAll();
    const { summary } = await scrub({ maxBytes: 900_000 });
    const progress = await partialProgress(world.db, table());
    const done = (await kept())[0]?.offset ?? 0;
    expect(done).toBe(summary.bytes_hashed - 35);
    expect(progress).toMatchObject({ files: 1, doneBytes: done, totalBytes: 2 * MB, lastRunBytes: done });
    expect(progress?.runsLeft).toBe(Math.ceil((2 * MB - done) / done));
  });

  it.each([
    ['replaced', replace],
    ['truncated', (at: string) => truncateSync(at, MB)],
    ['grown', (at: string) => appendFileSync(at, 'more')],
    ['touched', (at: string) => utimesSync(at, 1, 1)],
  ])('is read from its start when it was %s between two parts', async (_, change) => {
    await hashAll();
    await scrub({ maxBytes: MB });
    expect((await kept())[0]?.offset).toBeGreaterThan(MB / 2);
    change(join(world.root, 'large'));
    const { summary } = await scrub({ maxBytes: 300_000 });
    expect(summary.rows_partial).toBe(1);
    expect((await kept())[0]?.offset).toBeLessThanOrEqual(300_000);
  });

  it.each([
    ['the state', `states = replace(states, 'A', 'B')`],
    ['the offset', 'offset_bytes = offset_bytes - 64'],
    ['the seal', `states_sha256 = repeat('0', 64)`],
  ])('is read from its start when %s was tampered with', async (_, set) => {
    await hashAll();
    await scrub({ maxBytes: MB });
    await world.sql(`update salvor.partial_reads set ${set}`);
    await scrub({ maxBytes: 300_000 });
    expect((await kept())[0]?.offset).toBeLessThanOrEqual(300_000);
    const whole = await scrub({});
    expect(whole.summary).toMatchObject({ rows_unchanged: 6, drift_events: 0 });
  });

  it('that was corrupted is drift by both digests, and is read a second time in parts too', async () => {
    await hashAll();
    await world.file('large', Buffer.alloc(2 * MB, 'rotten'));
    let last = await scrub({ maxBytes: 1_500_000 });
    for (let run = 0; last.summary.drift_events === 0 && run < 10; run += 1) {
      last = await scrub({ maxBytes: 1_500_000 });
    }
    expect(last.outcome).toMatchObject({ exitCode: 1, summary: { drift_events: 1, drift_open: 1 } });
    expect(await world.drift.list({})).toMatchObject([{ class: 'recorded', oldSha256: hashOf('sha256') }]);
    expect(await kept()).toEqual([]);
  });
});

describe('a file that does not fit into the time', () => {
  it('is read in parts by the backfill, after all files that fit', async () => {
    const files = await openFiles({
      ...{ roots: [{ path: world.root }], threads: 2, workerScript },
      bytesPerSecond: 500_000,
    });
    const controller = new AbortController();
    const progressed = (async () => {
      while ((await kept()).length === 0 && !controller.signal.aborted)
        await new Promise((resolve) => setTimeout(resolve, 50));
      controller.abort(new StopRequest('SIGTERM'));
    })();
    // The window is of no use in a test; a rate at which it takes longer than any run is.
    const { outcome } = await world.backfill({ bytesPerSecond: 1000 }, { files, signal: controller.signal });
    controller.abort();
    await progressed;
    expect(outcome.summary).toMatchObject({
      rows_updated: 5,
      rows_partial: 1,
      rows_remaining: 1,
      stopped_by: 'signal',
    });
    expect((await kept())[0]?.offset).toBeGreaterThan(0);
    const rest = await world.backfill();
    expect(rest.outcome.summary).toMatchObject({ rows_updated: 1, rows_remaining: 0 });
  });

  it('says so when a run read bytes and finished nothing', async () => {
    await hashAll();
    await world.sql(`delete from artifacts where id <> '0'`);
    const { codes, summary } = await scrub({ maxBytes: 100_000 });
    expect(summary).toMatchObject({ rows_scanned: 0, rows_partial: 1, period_met: false });
    expect(codes.sort()).toEqual(['checksums.nothing_finished', 'scrub.period_unmet']);
  });
});
