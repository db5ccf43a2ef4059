import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkListings } from '../../../src/jobs/indexing/check/check.js';
import type { CheckSummary } from '../../../src/jobs/indexing/check/check-tally.js';
import { PostgresArchiveParts } from '../../../src/registry/archive-parts.js';
import { connect, type Database } from '../../../src/registry/database.js';
import { migrate } from '../../../src/registry/migrations/migrate.js';
import { wordy } from '../../archive/support/bytes.js';
import { packTar } from '../../archive/support/pack.js';
import { decode } from '../../support/decoders.js';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.js';
import { build, recorder, TestStore } from './support.js';

let place: TestStore;
let fresh: FreshDatabase;
let db: Database;

beforeEach(async () => {
  place = new TestStore();
  fresh = await freshDatabase();
  db = await connect(fresh.url);
  await migrate(db);
});
afterEach(async () => {
  await db.close();
  await fresh.drop();
  place.remove();
});

interface Night {
  maxBytes?: number;
  maxDurationMs?: number;
  /** The clock advances only while bytes are read. */
  bytesPerMs?: number;
  /** How the run ends on record: one that died has no end. */
  ends?: 'ok' | 'died';
}

async function night({ maxBytes, maxDurationMs, bytesPerMs = Infinity, ends = 'ok' }: Night) {
  let bytesRead = 0;
  const { emit, codes, messages } = recorder();
  const runId = crypto.randomUUID();
  const { exitCode, status, summary } = await checkListings(
    {
      kind: 'prefixes',
      stores: [place.store],
      rotation: undefined,
      budget: { maxBytes, maxDurationMs },
    },
    {
      decode,
      directory: tmpdir(),
      isCanary: () => false,
      parts: new PostgresArchiveParts(db, { job: 'listings check', runId }),
      nowMs: 0,
      monotonicMs: () => bytesRead / bytesPerMs,
      emit: (event) => {
        if (event.type === 'progress') bytesRead = event.done;
        emit(event);
      },
      signal: new AbortController().signal,
    },
  );
  await db.query(
    `insert into salvor.runs (id, job, scope, host, pid, scope_key, options, status, exit_code, qualifying, version, started_at, heartbeat_at, finished_at)
     values ($1, 'listings check', 's', 'h', 1, 1, '{}', $2, $3, true, '1', now(), now(), $4)`,
    [
      runId,
      ends === 'died' ? 'running' : status,
      ends === 'died' ? null : exitCode,
      ends === 'died' ? null : new Date(),
    ],
  );
  return { exitCode, status, summary: summary as CheckSummary, codes, messages };
}

async function offsets(): Promise<number[]> {
  const { rows } = await db.query<{ at: number }>(
    'select offset_bytes::float8 as at from salvor.archive_parts order by subject',
  );
  return rows.map(({ at }) => at);
}

const entries = Array.from({ length: 40 }, (_, i) => ({ name: `d/f${i}`, content: wordy(10_000, i) }));

async function large(name = 'large.tar'): Promise<Buffer> {
  const tar = await packTar(entries);
  const bytes = name.endsWith('.gz') ? gzipSync(tar) : tar;
  await build({ kind: 'archives', archives: [place.putUnnoticed(name, bytes)] });
  return bytes;
}

describe('an archive ten times as large as the limit of a run', () => {
  it.each(['large.tar', 'large.tar.gz'])('%s is finished in ten runs, each byte read once', async (name) => {
    const { length } = await large(name);
    const tenth = Math.ceil(length / 10);
    for (let run = 1; run < 10; run += 1) {
      const { exitCode, status, summary, codes } = await night({ maxBytes: tenth });
      expect({ exitCode, status, codes }).toEqual({ exitCode: 0, status: 'partial', codes: [] });
      expect(summary).toMatchObject({ in_parts: 1, checked: 0, too_large: 0, bytes_read: tenth });
      expect(await offsets()).toEqual([run * tenth]);
    }
    const last = await night({ maxBytes: tenth });
    expect(last).toMatchObject({ exitCode: 0, status: 'ok', codes: [] });
    expect(last.summary).toMatchObject({
      in_parts: 0,
      checked: 1,
      listings_same: 1,
      indexes_same: 1,
      members: 40,
      bytes_read: length - 9 * tenth,
    });
    // The next one begins again.
    expect((await night({ maxBytes: tenth })).summary).toMatchObject({ in_parts: 1, bytes_read: tenth });
  });

  it('shares the limit with smaller ones: neither keeps the other from its turn', async () => {
    const { length } = await large();
    for (const name of ['a.tar', 'b.tar', 'c.tar']) {
      const archive = place.put(name, await packTar([{ name, content: wordy(Math.floor(length / 5), 1) }]));
      await build({ kind: 'archives', archives: [archive] });
    }
    const checked = new Set<number>();
    let parts = 0;
    for (let run = 0; run < 12 && (await finishedLarge()) === 0; run += 1) {
      const { summary } = await night({ maxBytes: Math.floor(length / 4) });
      checked.add(summary.checked);
      parts += summary.in_parts;
    }
    expect(parts).toBeGreaterThan(0);
    expect(Math.max(...checked)).toBeGreaterThan(0);

    async function finishedLarge(): Promise<number> {
      const { rows } = await db.query<{ n: number }>(
        'select count(*)::integer as n from salvor.archive_parts where offset_bytes = size_bytes',
      );
      return rows[0]?.n ?? 0;
    }
  });

  it('a run that dies after the last byte leaves the conclusion to the next one', async () => {
    const { length } = await large();
    await night({ maxBytes: length - 1 });
    expect((await night({ maxBytes: length - 1, ends: 'died' })).summary).toMatchObject({ checked: 1 });
    expect((await night({ maxBytes: length - 1 })).summary).toMatchObject({ checked: 1, bytes_read: 0 });
    expect((await night({ maxBytes: length - 1 })).summary).toMatchObject({ checked: 0, in_parts: 1 });
  });

  it('a limit of time keeps what was read', async () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ name: `d/f${i}`, content: wordy(10_000, i) }));
    await build({ kind: 'archives', archives: [place.put('large.tar', await packTar(many))] });
    const runs: CheckSummary[] = [];
    // Reading 100 kB takes a second of this clock, so the archive takes 30, and a run has 7.
    for (let i = 0; i < 100 && runs.at(-1)?.checked !== 1; i += 1)
      runs.push((await night({ maxDurationMs: 7000, bytesPerMs: 100 })).summary);
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.at(-1)).toMatchObject({ checked: 1, listings_same: 1, indexes_same: 1 });
  });
});

describe('what an archive read in parts is compared with', () => {
  it('a bit that flips in a later part is found, and in a compressed archive named at once', async () => {
    const bytes = await large('large.tar.gz');
    const half = Math.ceil(bytes.length / 2);
    await night({ maxBytes: half });
    bytes[bytes.length - 10_000] = (bytes[bytes.length - 10_000] ?? 0) ^ 1;
    place.putUnnoticed('large.tar.gz', bytes);
    const { exitCode, codes, messages } = await night({ maxBytes: half });
    expect(exitCode).toBe(1);
    expect([...new Set(codes)]).toEqual(['index.differs']);
    expect(messages.join('\n')).toContain('the digest of the span at byte');
    expect(messages.join('\n')).toContain('the digest of the whole archive does not match');
  });

  it('a listing that does not fit the index differs', async () => {
    const { length } = await large();
    const lines = place.read('large.tar.list.txt').toString().split('\n');
    place.put('large.tar.list.txt', lines.filter((line) => !line.endsWith('d/f7')).join('\n'));
    await night({ maxBytes: length - 1 });
    const { exitCode, codes, messages } = await night({ maxBytes: length - 1 });
    expect({ exitCode, codes }).toEqual({ exitCode: 1, codes: ['listing.differs'] });
    expect(messages).toEqual(['"d/f7": it is in the archive but not in the listing']);
  });

  it('a replaced archive and a changed state start over', async () => {
    const { length } = await large();
    const third = Math.ceil(length / 3);
    await night({ maxBytes: third });
    await db.query('update salvor.archive_parts set offset_bytes = offset_bytes - 1');
    await night({ maxBytes: third });
    expect(await offsets()).toEqual([third]);
    await night({ maxBytes: third });
    place.put('large.tar', await packTar(entries));
    await build(
      { kind: 'archives', archives: [{ store: place.store, key: 'large.tar' }] },
      { replace: true },
    );
    await night({ maxBytes: third });
    expect(await offsets()).toEqual([third]);
  });

  it('without an index it is named, with the reason; one that is gone is forgotten', async () => {
    const { length } = await large();
    await night({ maxBytes: length - 1 });
    place.put('bare.tar', await packTar(entries));
    const { codes, messages } = await night({ maxBytes: 1000 });
    expect(codes).toEqual(['check.too_large']);
    expect(messages[0]).toContain('it cannot be read in parts, because it has no index');
    for (const suffix of ['', '.list.txt', '.salvor-index']) place.delete(`large.tar${suffix}`);
    await night({ maxBytes: 1000 }).catch(() => undefined);
    expect(await offsets()).toEqual([]);
  });
});
