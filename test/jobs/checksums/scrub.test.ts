import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import type { Event } from '../../../src/events/event.js';
import { openFiles } from '../../../src/files/thread-pool.js';
import type { ChecksumPorts, ScrubOptions } from '../../../src/jobs/checksums/options.js';
import { scrubChecksums } from '../../../src/jobs/checksums/scrub/scrub.js';
import type { ArtifactReader } from '../../../src/registry/artifacts/artifacts-port.js';
import { undoJournal } from '../../../src/registry/journal/undo.js';
import { workerScript } from '../../files/support.js';
import { DEFAULTS, makeWorld, type World } from './support.js';

const DAY = 86_400_000;
const RUN_ID = '00000000-0000-4000-8000-000000000001';

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

async function scrub(options: Partial<ScrubOptions> = {}, ports: Partial<ChecksumPorts> = {}) {
  const events: Event[] = [];
  const files = await openFiles({ roots: [{ path: world.root }], threads: 2, workerScript });
  const outcome = await scrubChecksums(
    { ...DEFAULTS, runId: RUN_ID, periodMs: 90 * DAY, ...options },
    {
      artifacts: world.artifacts.reader,
      writer: world.artifacts.writer(),
      writes: true,
      drift: world.drift,
      noteVerified: (run) => world.artifacts.writer().noteVerified(run),
      files,
      clock: systemClock,
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
      ...ports,
    },
  );
  await files.close();
  return {
    outcome,
    codes: events.flatMap((event) => (event.type === 'finding' ? [event.finding.code] : [])),
  };
}

/** The reader with some of its answers replaced. */
function overriding(reader: ArtifactReader, answers: Partial<ArtifactReader>): ArtifactReader {
  return new Proxy(reader, {
    get: (target, name: keyof ArtifactReader) => {
      const value = answers[name] ?? target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** When each file was last verified, as status and the order of the scrub have it. */
const times = async (): Promise<string[]> =>
  (await world.artifacts.reader.oldestDone(undefined, 100, { before: new Date(Date.now() + DAY) }))
    .sort((a, b) => Number(a.id) - Number(b.id))
    .map((key) => key.verifiedAt);

describe('the scrub', () => {
  it('notes when a file was verified in salvor.digests, with one journal entry a run; no row is touched', async () => {
    await age();
    const before = await world.sql(`select id, metadata::text, xmin::text from artifacts order by id`);
    const entries = (await world.journal.log({ limit: 1000 })).length;
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
    expect(await world.sql(`select id, metadata::text, xmin::text from artifacts order by id`)).toEqual(
      before,
    );
    expect((await times()).every((at) => at >= started)).toBe(true);
    expect(await world.journal.log({ limit: 1000 })).toHaveLength(entries + 1);
    const [entry] = await world.journal.log({ action: 'verify' });
    expect(entry).toMatchObject({ artifactId: '', after: '{"verified":{"files":10}}' });
    expect((await world.backfill()).outcome.summary).toMatchObject({
      rows_scanned: 0,
      rows_already_done: 10,
    });
  });

  it('is undone as a whole without a refusal: there is nothing to revert', async () => {
    await scrub();
    const refused: unknown[] = [];
    const summary = await undoJournal(
      { target: { runId: RUN_ID }, runId: null, actor: 'bob', reason: null },
      {
        journal: world.journal,
        artifacts: world.artifacts.reader,
        writer: world.artifacts.writer(),
        runs: { isRunning: async () => false },
        onRefused: (finding) => refused.push(finding),
        signal: new AbortController().signal,
      },
    );
    expect(summary).toMatchObject({ undone: 0, refused: 0 });
    expect(refused).toEqual([]);
  });

  it('reads rows again whose marker is in the future, and gives them a marker of now', async () => {
    await world.sql(
      `update artifacts set metadata = metadata || '{"file_sha256_computed_at": "2999-01-01T00:00:00.000Z"}' where id < '3'`,
    );
    await world.file('f1', 'y'.repeat(100));
    rmSync(join(world.root, 'f2'));
    const { outcome, codes } = await scrub();
    expect(outcome).toMatchObject({
      exitCode: 1,
      summary: { rows_scanned: 10, rows_unchanged: 8, drift_events: 1, rows_lost: 1 },
    });
    expect(codes.filter((code) => code === 'marker.future')).toHaveLength(3);
    const [row] = await world.sql<{ at: string }>(
      `select metadata ->> 'file_sha256_computed_at' as at from artifacts where id = '0'`,
    );
    expect(Date.parse(row?.at ?? '')).toBeLessThan(Date.now() + 5000);
  });

  it.each([
    ['backfill', {}],
    ['backfill --recheck-older-than', { recheckOlderThanMs: DAY }],
  ])('so does %s', async (_, options) => {
    await world.sql(
      `update artifacts set metadata = metadata || '{"file_sha256_computed_at": "2999-01-01T00:00:00.000Z"}' where id < '3'`,
    );
    const { outcome, findings } = await world.backfill(options);
    expect(outcome.summary).toMatchObject({ rows_scanned: 3, rows_unchanged: 3, rows_already_done: 7 });
    expect(findings.map(({ code }) => code)).toEqual(Array(3).fill('marker.future'));
    expect((await world.backfill(options)).outcome.summary).toMatchObject({ rows_scanned: 0 });
  });

  it('is exit 3 when rows with a digest are not among those that it selected', async () => {
    const { reader } = world.artifacts;
    const blind = overriding(reader, { oldestDone: async () => [] });
    const { outcome } = await scrub({}, { artifacts: blind });
    expect(outcome).toMatchObject({
      exitCode: 3,
      failure: { code: 'run.accounting' },
      summary: { period_met: false },
    });
  });

  it('accounts for rows that are deleted while it runs', async () => {
    const { reader } = world.artifacts;
    const late = overriding(reader, {
      oldestDone: async (...args: Parameters<typeof reader.oldestDone>) => {
        await world.sql(`delete from artifacts where id = '4'`);
        return reader.oldestDone(...args);
      },
    });
    expect((await scrub({}, { artifacts: late })).outcome).toMatchObject({
      exitCode: 0,
      summary: { rows_scanned: 9 },
    });
  });

  it('counts a marker that another program wrote for itself', async () => {
    await age();
    await scrub();
    await world.sql(
      `update artifacts set metadata = metadata || '{"file_sha256_computed_at": "2026-02-01T00:00:00Z"}' where id = '3'`,
    );
    expect((await times())[3]).toBe('2026-02-01T00:00:00Z');
    expect((await scrub({ maxBytes: 100 })).outcome.summary).toMatchObject({ rows_scanned: 1 });
    expect((await times())[3]).not.toBe('2026-02-01T00:00:00Z');
  });

  it('has not met its period if it verified nothing', async () => {
    const { outcome } = await scrub({ maxDurationMs: 0, previousStartedAt: new Date(Date.now() - DAY) });
    expect(outcome.summary.period_met).toBe(outcome.summary.rows_unchanged > 0);
  });

  it('reads what was not read for the longest time first, within its limit on bytes', async () => {
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

  it('reads a file that is larger than its limit on bytes when its turn comes', async () => {
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

  it('reports what was never hashed, and warns if the pace is too slow', async () => {
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
