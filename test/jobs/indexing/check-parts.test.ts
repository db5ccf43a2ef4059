import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckSummary } from '../../../src/jobs/indexing/check/check-tally.js';
import type { Database } from '../../../src/registry/database.js';
import { wordy } from '../../archive/support/bytes.js';
import { packTar } from '../../archive/support/pack.js';
import { Nights } from './nights.js';
import { build, type TestStore } from './support.js';

let nights: Nights;
let place: TestStore;
let db: Database;

beforeEach(async () => {
  nights = await Nights.create();
  ({ place, db } = nights);
});
afterEach(() => nights.remove());

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
      const { exitCode, status, summary, codes } = await nights.night({ maxBytes: tenth });
      expect({ exitCode, status, codes }).toEqual({ exitCode: 0, status: 'partial', codes: [] });
      expect(summary).toMatchObject({ in_parts: 1, checked: 0, too_large: 0, bytes_read: tenth });
      expect(await nights.offsets()).toEqual([run * tenth]);
    }
    const last = await nights.night({ maxBytes: tenth });
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
    expect((await nights.night({ maxBytes: tenth })).summary).toMatchObject({
      in_parts: 1,
      bytes_read: tenth,
    });
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
      const { summary } = await nights.night({ maxBytes: Math.floor(length / 4) });
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
    await nights.night({ maxBytes: length - 1 });
    expect((await nights.night({ maxBytes: length - 1, ends: 'died' })).summary).toMatchObject({
      checked: 1,
    });
    expect((await nights.night({ maxBytes: length - 1 })).summary).toMatchObject({
      checked: 1,
      bytes_read: 0,
    });
    expect((await nights.night({ maxBytes: length - 1 })).summary).toMatchObject({ checked: 0, in_parts: 1 });
  });

  it('a limit of time keeps what was read', async () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ name: `d/f${i}`, content: wordy(10_000, i) }));
    await build({ kind: 'archives', archives: [place.put('large.tar', await packTar(many))] });
    const runs: CheckSummary[] = [];
    // Reading 100 kB takes a second of this clock, so the archive takes 30, and a run has 7.
    for (let i = 0; i < 100 && runs.at(-1)?.checked !== 1; i += 1)
      runs.push((await nights.night({ maxDurationMs: 7000, bytesPerMs: 100 })).summary);
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.at(-1)).toMatchObject({ checked: 1, listings_same: 1, indexes_same: 1 });
  });
});

describe('what an archive read in parts is compared with', () => {
  it('a bit that flips in a later part is found, and in a compressed archive named at once', async () => {
    const bytes = await large('large.tar.gz');
    const half = Math.ceil(bytes.length / 2);
    await nights.night({ maxBytes: half });
    bytes[bytes.length - 10_000] = (bytes[bytes.length - 10_000] ?? 0) ^ 1;
    place.putUnnoticed('large.tar.gz', bytes);
    const { exitCode, codes, messages } = await nights.night({ maxBytes: half });
    expect(exitCode).toBe(1);
    expect([...new Set(codes)]).toEqual(['index.differs']);
    expect(messages.join('\n')).toContain('the digest of the span at byte');
    expect(messages.join('\n')).toContain('the digest of the whole archive does not match');
  });

  it('a listing that does not fit the index differs', async () => {
    const { length } = await large();
    const lines = place.read('large.tar.list.txt').toString().split('\n');
    place.put('large.tar.list.txt', lines.filter((line) => !line.endsWith('d/f7')).join('\n'));
    await nights.night({ maxBytes: length - 1 });
    const { exitCode, codes, messages } = await nights.night({ maxBytes: length - 1 });
    expect({ exitCode, codes }).toEqual({ exitCode: 1, codes: ['listing.differs'] });
    expect(messages).toEqual(['"d/f7": it is in the archive but not in the listing']);
  });

  it('a replaced archive and a changed state start over', async () => {
    const { length } = await large();
    const third = Math.ceil(length / 3);
    await nights.night({ maxBytes: third });
    await db.query('update salvor.archive_parts set offset_bytes = offset_bytes - 1');
    await nights.night({ maxBytes: third });
    expect(await nights.offsets()).toEqual([third]);
    await nights.night({ maxBytes: third });
    place.put('large.tar', await packTar(entries));
    await build(
      { kind: 'archives', archives: [{ store: place.store, key: 'large.tar' }] },
      { replace: true },
    );
    await nights.night({ maxBytes: third });
    expect(await nights.offsets()).toEqual([third]);
  });

  it('one that is gone is forgotten', async () => {
    const { length } = await large();
    await nights.night({ maxBytes: length - 1 });
    place.put('other.tar', await packTar(entries.slice(0, 1)));
    for (const suffix of ['', '.list.txt', '.salvor-index']) place.delete(`large.tar${suffix}`);
    await nights.night({ maxBytes: length - 1 });
    expect(await nights.offsets()).toEqual([]);
  });
});
