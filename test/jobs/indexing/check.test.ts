import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckWork, checkListings } from '../../../src/jobs/indexing/check/check.js';
import { isDue } from '../../../src/jobs/indexing/check/due-archives.js';
import { wordy } from '../../archive/support/bytes.js';
import { packTar } from '../../archive/support/pack.js';
import { decode } from '../../support/decoders.js';
import { build, codeOf, type Ran, recorder, TestStore } from './support.js';

const NAME = 'a.tar.gz';
let place: TestStore;
let archive: Buffer;
beforeEach(async () => {
  place = new TestStore();
  const entries = Array.from({ length: 30 }, (_, i) => ({ name: `f${i}`, content: wordy(10_000, i) }));
  archive = gzipSync(await packTar(entries), { memLevel: 1 });
  await build({ kind: 'archives', archives: [place.put(NAME, archive)] });
});
afterEach(() => place.remove());

async function check(
  work: CheckWork = { kind: 'archives', archives: [{ store: place.store, key: NAME }] },
  monotonicMs: () => number = () => 0,
): Promise<Ran> {
  const { emit, codes, messages } = recorder();
  const outcome = await checkListings(work, {
    decode,
    directory: tmpdir(),
    isCanary: ({ key }) => key === 'canary.tar.gz',
    nowMs: 0,
    monotonicMs,
    emit,
    signal: new AbortController().signal,
  });
  return { exitCode: outcome.exitCode, summary: { ...outcome.summary }, codes, messages };
}

function edit(change: (lines: string[]) => void): void {
  const lines = place.read(`${NAME}.list.txt`).toString().split('\n');
  change(lines);
  place.put(`${NAME}.list.txt`, lines.join('\n'));
}

describe('listings check', () => {
  it('accepts what build wrote', async () => {
    expect(await check()).toMatchObject({
      exitCode: 0,
      codes: [],
      summary: { checked: 1, listings_same: 1, indexes_same: 1, members: 30, bytes_read: archive.length },
    });
  });

  it.each<[string, (lines: string[]) => void, number]>([
    ['a line that is missing', (lines) => lines.splice(3, 1), 1],
    ['the last line missing', (lines) => lines.splice(29, 1), 1],
    ['a line too many', (lines) => lines.splice(3, 0, `${lines[3]}x`), 1],
    ['a line appended', (lines) => lines.splice(30, 0, `${lines[3]}x`), 1],
    ['another size', (lines) => lines.splice(3, 1, (lines[3] ?? '').replace('10000', '10001')), 1],
    ['another name', (lines) => lines.splice(3, 1, (lines[3] ?? '').replace('f3', 'g3')), 2],
    ['another day', (lines) => lines.splice(3, 1, (lines[3] ?? '').replace('2023-11-14', '2023-11-24')), 1],
    ['nothing in it', (lines) => lines.splice(0, 31, ''), 30],
  ])('finds %s', async (_, change, differences) => {
    edit(change);
    const ran = await check();
    expect(ran).toMatchObject({ exitCode: 1, summary: { listings_differ: 1, indexes_same: 1 } });
    expect(ran.codes).toEqual(Array(differences).fill('listing.differs'));
  });

  it('accepts a listing of names only, and one of another time zone', async () => {
    edit((lines) => lines.splice(0, 30, ...lines.slice(0, 30).map((line) => line.split(' ').at(-1) ?? '')));
    expect(await check()).toMatchObject({ exitCode: 0, summary: { listings_same: 1 } });
    place.put(`${NAME}.list.txt`, '');
    await build({ kind: 'archives', archives: [{ store: place.store, key: NAME }] }, { replace: true });
    edit((lines) =>
      lines.splice(0, 30, ...lines.slice(0, 30).map((line) => line.replace(/ \d\d:13 /, ' 03:43 '))),
    );
    expect(await check()).toMatchObject({ exitCode: 0, summary: { listings_same: 1 } });
  });

  it('finds an index of another archive, a damaged index, and a false one', async () => {
    const index = place.read(`${NAME}.salvor-index`);
    const other = place.put('other.tar.gz', gzipSync(await packTar([{ name: 'f0', content: 'x' }])));
    await build({ kind: 'archives', archives: [other] });
    place.put(`${NAME}.salvor-index`, place.read('other.tar.gz.salvor-index'));
    expect(await check()).toMatchObject({
      exitCode: 1,
      codes: ['index.stale'],
      summary: { indexes_stale: 1 },
    });
    place.put(`${NAME}.salvor-index`, index.subarray(10));
    expect(await check()).toMatchObject({
      exitCode: 1,
      codes: ['index.corrupt'],
      summary: { indexes_corrupt: 1 },
    });
    await swapArchiveKeepingItsEtag();
    const ran = await check();
    expect(ran).toMatchObject({ exitCode: 1, summary: { indexes_differ: 1 } });
    expect(new Set(ran.codes)).toEqual(new Set(['index.differs']));
    expect(ran.messages.join('\n')).toContain('"f7": sha256 is');
    expect(ran.messages.join('\n')).toContain('the digest of the whole archive');
  });

  it('finds missing siblings, and damage in the archive itself', async () => {
    const bare = place.put('bare.tar.gz', archive);
    expect(await check({ kind: 'archives', archives: [bare] })).toMatchObject({
      exitCode: 1,
      codes: ['index.absent', 'listing.absent'],
      summary: { listings_absent: 1, indexes_absent: 1 },
    });
    const cut = place.put('cut.tar.gz', archive.subarray(0, -1));
    const ran = await check({ kind: 'archives', archives: [cut] });
    expect(ran).toMatchObject({ exitCode: 1, summary: { damaged: 1 } });
    expect(ran.codes).toContain('archive.truncated');
  });

  it('checks a prefix without its canary, and does not succeed on an empty prefix', async () => {
    place.put('canary.tar.gz', archive);
    const all = { kind: 'prefixes', stores: [place.store], rotation: undefined } as const;
    expect(await check(all)).toMatchObject({ exitCode: 0, summary: { checked: 1 } });
    const empty = new TestStore();
    expect(await codeOf(check({ ...all, stores: [empty.store] }))).toBe('archive.none_found');
    empty.remove();
  });

  /** The content of one member becomes another of the same compressed size, without a trace in size and time. */
  async function swapArchiveKeepingItsEtag(): Promise<void> {
    const store = (seed: number) =>
      packTar(
        Array.from({ length: 30 }, (_, i) => ({ name: `f${i}`, content: wordy(10_000, i === 7 ? seed : i) })),
      );
    place.putUnnoticed(NAME, gzipSync(await store(7), { level: 0 }));
    await build({ kind: 'archives', archives: [{ store: place.store, key: NAME }] }, { replace: true });
    place.putUnnoticed(NAME, gzipSync(await store(70), { level: 0 }));
  }
});

describe('the rotation', () => {
  it('takes every archive exactly once in a period', () => {
    const everyMs = 86_400_000;
    const rotation = { periodMs: 30 * everyMs, everyMs };
    for (let i = 0; i < 200; i += 1) {
      const days = Array.from({ length: 30 }, (_, day) =>
        isDue(`s3://b/${i}.tar`, (1000 + day) * everyMs, rotation),
      );
      expect(days.filter(Boolean)).toHaveLength(1);
    }
  });
});

describe('a check within a budget', () => {
  const rotation = undefined;
  beforeEach(async () => {
    const giant = await packTar([{ name: 'giant', content: wordy(3_000_000, 1) }]);
    const archives = [place.put('giant.tar', giant)];
    for (const name of ['b.tar', 'c.tar', 'd.tar']) {
      archives.push(place.put(name, await packTar([{ name, content: wordy(10_000, 2) }])));
    }
    await build({ kind: 'archives', archives });
  });
  const within = (budget: { maxBytes?: number; maxDurationMs?: number }, clock?: () => number) =>
    check({ kind: 'prefixes', stores: [place.store], rotation, budget }, clock);

  it('names an archive that is larger than the budget, and checks the others', async () => {
    expect(await within({ maxBytes: 1_000_000 })).toMatchObject({
      exitCode: 0,
      codes: ['check.too_large'],
      summary: { checked: 4, too_large: 1, not_reached: 0, stopped_by: null },
    });
  });

  it('leaves what no longer fits to the next run', async () => {
    const { summary, codes } = await within({ maxBytes: archive.length + 25_000 });
    expect(summary).toMatchObject({ too_large: 1, stopped_by: 'bytes' });
    expect(codes).toEqual(['check.too_large']);
    const { checked, not_reached: left } = summary as Record<string, number>;
    expect((checked ?? 0) + (left ?? 0)).toBe(4);
    expect(left).toBeGreaterThan(0);
  });

  it('abandons one that takes longer than half of the time, whenever its turn is, and checks the others', async () => {
    let nowMs = 0;
    const { summary, codes } = await within({ maxDurationMs: 60 }, () => (nowMs += 1));
    expect([...new Set(codes)].filter((code) => code !== 'check.too_large')).toEqual([]);
    const { checked, too_large: large, not_reached: left } = summary as Record<string, number>;
    expect((checked ?? 0) + (large ?? 0) + (left ?? 0)).toBe(5);
    expect(checked).toBeGreaterThan(0);
  });

  it('that checks nothing is not green', async () => {
    await expect(within({ maxBytes: 10 })).rejects.toMatchObject({ code: 'check.nothing_checked' });
  });
});
