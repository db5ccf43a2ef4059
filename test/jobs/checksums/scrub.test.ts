import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import type { Event } from '../../../src/events/event.js';
import { openFiles } from '../../../src/files/thread-pool.js';
import type { ScrubOptions } from '../../../src/jobs/checksums/options.js';
import { scrubChecksums } from '../../../src/jobs/checksums/scrub/scrub.js';
import { workerScript } from '../../files/support.js';
import { DEFAULTS, makeWorld, type World } from './support.js';

const DAY = 86_400_000;

let world: World;
beforeEach(async () => {
  world = await makeWorld();
  for (let i = 0; i < 10; i += 1) {
    await world.file(`f${i}`, 'x'.repeat(100));
    await world.row(String(i), `f${i}`, '{"k": 1.0}', i < 5 ? 'a' : 'b');
  }
  await world.backfill();
});
afterEach(() => world.close());

/** Row i was last read i days before the tenth of January. */
async function age(): Promise<void> {
  await world.sql(
    `update artifacts set metadata = metadata ||
       jsonb_build_object('file_sha256_computed_at', '2026-01-' || lpad((10 - id::int)::text, 2, '0') || 'T00:00:00.000Z')`,
  );
}

async function scrub(options: Partial<ScrubOptions> = {}) {
  const events: Event[] = [];
  const files = await openFiles({ roots: [{ path: world.root }], threads: 2, workerScript });
  const outcome = await scrubChecksums(
    { ...DEFAULTS, runId: '00000000-0000-4000-8000-000000000001', periodMs: 90 * DAY, ...options },
    {
      artifacts: world.artifacts.reader,
      writer: world.artifacts.writer(),
      writes: true,
      drift: world.drift,
      files,
      clock: systemClock,
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
    },
  );
  await files.close();
  return {
    outcome,
    codes: events.flatMap((event) => (event.type === 'finding' ? [event.finding.code] : [])),
  };
}

const times = async (): Promise<string[]> =>
  (
    await world.sql<{ at: string }>(
      `select metadata ->> 'file_sha256_computed_at' as at from artifacts order by id`,
    )
  ).map((row) => row.at);

describe('the scrub', () => {
  it('renews the time of what is as it was, and nothing else', async () => {
    await age();
    const before = await world.sql(
      `select id, metadata - 'file_sha256_computed_at' as m from artifacts order by id`,
    );
    const started = new Date().toISOString();
    const { outcome } = await scrub();
    expect(outcome).toMatchObject({
      status: 'ok',
      summary: {
        rows_scanned: 10,
        rows_unchanged: 10,
        rows_updated: 0,
        bytes_hashed: 1000,
        rows_never_verified: 0,
        period_met: true,
      },
    });
    expect(
      await world.sql(`select id, metadata - 'file_sha256_computed_at' as m from artifacts order by id`),
    ).toEqual(before);
    expect((await times()).every((at) => at >= started)).toBe(true);
    const [entry] = await world.journal.log({ action: 'verify' });
    expect(entry?.after).toMatch(/^\{"metadata":\{"file_sha256_computed_at":"[^"]+"\}\}$/);
    expect((await world.backfill()).outcome.summary).toMatchObject({
      rows_scanned: 0,
      rows_already_done: 10,
    });
  });

  it('takes what was not read for the longest first, within its bytes', async () => {
    await age();
    const { outcome, codes } = await scrub({ maxBytes: 350 });
    expect(outcome).toMatchObject({ status: 'partial', exitCode: 0 });
    expect(outcome.summary).toMatchObject({
      rows_scanned: 3,
      rows_remaining: 7,
      stopped_by: 'limit',
      bytes_hashed: 300,
    });
    expect((await times()).map((at) => at.startsWith('2026-01-'))).toEqual([
      ...Array(7).fill(true),
      false,
      false,
      false,
    ]);
    expect(outcome.summary).toMatchObject({
      oldest_unverified_at: '2026-01-04T00:00:00.000Z',
      period_met: false,
    });
    expect(codes).toEqual(['scrub.period_unmet']);
    for (let run = 0; run < 3; run += 1) await scrub({ maxBytes: 350 });
    expect((await times()).every((at) => !at.startsWith('2026-01-'))).toBe(true);
  });

  it('reads a file that is larger than its bytes when its turn comes', async () => {
    expect((await scrub({ maxBytes: 1 })).outcome.summary.rows_scanned).toBe(1);
  });

  it('stops when its time is over', async () => {
    const { outcome } = await scrub({ maxDurationMs: 0 });
    expect(outcome).toMatchObject({ status: 'partial', summary: { stopped_by: 'limit' } });
  });

  it('holds drift, and reports what is gone', async () => {
    await world.file('f3', 'y'.repeat(100));
    rmSync(join(world.root, 'f4'));
    const before = await world.metadata('3');
    const { outcome, codes } = await scrub();
    expect(outcome).toMatchObject({
      exitCode: 1,
      summary: { rows_unchanged: 8, drift_events: 1, drift_open: 1, rows_lost: 1 },
    });
    expect(codes.sort()).toEqual(['drift.detected', 'file.lost']);
    expect(await world.metadata('3')).toBe(before);
  });

  it('says what was never hashed, and warns when this pace is too slow', async () => {
    await world.file('new', 'x');
    await world.row('new', 'new');
    const previousStartedAt = new Date(Date.now() - 10 * DAY);
    const slow = await scrub({ maxBytes: 100, periodMs: 90 * DAY, previousStartedAt });
    expect(slow.outcome.summary).toMatchObject({ rows_never_verified: 1, period_met: false });
    expect(slow.codes).toEqual(['scrub.period_unmet']);
    const fast = await scrub({ maxBytes: 200, periodMs: 90 * DAY, previousStartedAt });
    expect(fast.outcome.summary).toMatchObject({ period_met: true });
  });

  it.each(['json', 'text'])('covers rows whose metadata is kept as %s, those of others too', async (type) => {
    await world.close();
    world = await makeWorld({ metadataType: type });
    for (const id of ['1', '2', '3']) {
      await world.file(id, id);
      await world.row(id, id, '{ "k":1.0 }');
    }
    await world.backfill({ limit: 2 });
    await world.sql('delete from salvor.digests where artifact_id = $1', ['1']);
    const first = await scrub();
    expect(first.outcome.summary).toMatchObject({
      rows_scanned: 2,
      rows_unchanged: 2,
      rows_never_verified: 2,
    });
    expect((await scrub()).outcome.summary).toMatchObject({ rows_scanned: 2, rows_never_verified: 1 });
    expect(await world.metadata('3')).toBe('{ "k":1.0 }');
  });
});
