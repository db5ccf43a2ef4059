import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkListings } from '../../../src/jobs/indexing/check/check.js';
import { noise, wordy } from '../../archive/support/bytes.js';
import { packTar } from '../../archive/support/pack.js';
import { decode } from '../../support/decoders.js';
import { caseCount } from '../../support/property-runs.js';
import { Nights } from './nights.js';
import { build, codeOf, recorder, type TestStore } from './support.js';

let nights: Nights;
let place: TestStore;
beforeEach(async () => {
  nights = await Nights.create();
  ({ place } = nights);
});
afterEach(() => nights.remove());

const entries = Array.from({ length: 60 }, (_, i) => ({ name: `d/f${i}`, content: wordy(20_000, i) }));

/** An archive with a listing and without an index. */
async function bare(name: string, bytes: Uint8Array): Promise<Uint8Array> {
  await build({ kind: 'archives', archives: [place.putUnnoticed(name, bytes)] }, { index: false });
  return bytes;
}

/** Another one, which fits: a run that checks nothing fails. */
async function small(): Promise<void> {
  const tar = await packTar([{ name: 'small', content: '' }]);
  await build({ kind: 'archives', archives: [place.put('small.tar', tar)] });
}

/** Runs until the archive is finished: all that was found, and all that was read. */
async function nightsUntilDone(maxBytes: number, most = 60) {
  const found = new Set<string>();
  let read = 0;
  for (let run = 1; run <= most; run += 1) {
    const { summary, codes, messages } = await nights.night({ maxBytes });
    codes.forEach((code, i) => {
      found.add(`${code}: ${messages[i]}`);
    });
    read += summary.bytes_read;
    if (summary.checked === 1 || summary.too_large === 1)
      return { found: [...found].sort(), read, summary, run };
  }
  throw new Error(`not finished in ${most} runs`);
}

/** What one run finds that reads the whole archive. */
async function inOneRun(key: string) {
  const { emit, codes, messages } = recorder();
  const { summary } = await checkListings(
    { kind: 'archives', archives: [{ store: place.store, key }] },
    {
      decode,
      directory: '/tmp',
      isCanary: () => false,
      nowMs: 0,
      monotonicMs: () => 0,
      emit,
      signal: new AbortController().signal,
    },
  );
  const found = [...new Set(codes.map((code, i) => `${code}: ${messages[i]}`))].sort();
  return { found, summary };
}

const RESULT = [
  'checked',
  'damaged',
  'members',
  'listings_same',
  'listings_differ',
  'listings_absent',
  'indexes_absent',
  'indexes_stale',
] as const;

function resultOf(summary: object): unknown {
  return RESULT.map((name) => [name, (summary as Record<string, unknown>)[name]]);
}

async function isLikeOneRun(key: string, maxBytes: number): Promise<void> {
  const parts = await nightsUntilDone(maxBytes);
  const one = await inOneRun(key);
  expect(parts.found).toEqual(one.found);
  expect(resultOf(parts.summary)).toEqual(resultOf(one.summary));
}

describe('an archive without an index that is larger than the limit of a run', () => {
  it('a tar is finished in ten runs, each byte read once', async () => {
    const { length } = await bare('large.tar', await packTar(entries));
    const tenth = Math.ceil(length / 10);
    for (let run = 1; run < 10; run += 1) {
      const { exitCode, status, summary, codes } = await nights.night({ maxBytes: tenth });
      expect({ exitCode, status, codes }).toEqual({ exitCode: 0, status: 'partial', codes: [] });
      expect(summary).toMatchObject({ in_parts: 1, checked: 0, too_large: 0 });
    }
    const { codes, summary } = await nights.night({ maxBytes: tenth });
    expect(codes).toEqual(['index.absent']);
    expect(summary).toMatchObject({ checked: 1, listings_same: 1, indexes_absent: 1, members: 60 });
    // The next one begins again.
    expect((await nights.night({ maxBytes: tenth })).summary).toMatchObject({ in_parts: 1 });
    expect(await nights.pieces()).toBe(1);
  });

  it('one member of 20 MB in a .tar.gz: hardly a byte is read twice', async () => {
    const incompressible = createHash('shake256', { outputLength: 20_000_000 }).digest();
    const { length } = await bare(
      'large.tar.gz',
      gzipSync(await packTar([{ name: 'one', content: incompressible }]), { level: 1 }),
    );
    const runs = 10;
    const { read, run, summary } = await nightsUntilDone(Math.ceil((length * 1.03) / runs));
    expect(summary).toMatchObject({ checked: 1, listings_same: 1, members: 1 });
    expect(run).toBeLessThanOrEqual(runs + 1);
    expect(read).toBeLessThan(length * 1.01 + runs * 1024 * 1024);
  }, 60_000);

  it('says the same as one run: members of gzip, several tars, trailing data, a listing that differs', async () => {
    const tars = [await packTar(entries.slice(0, 20)), await packTar(entries.slice(20))];
    const bytes = Buffer.concat([...tars.map((tar) => gzipSync(tar)), Buffer.from('trailing')]);
    await bare('large.tar.gz', bytes);
    const lines = place.read('large.tar.gz.list.txt').toString().split('\n');
    place.put('large.tar.gz.list.txt', lines.filter((line) => !/f(7|33)$/.test(line)).join('\n'));
    await isLikeOneRun('large.tar.gz', 150_000);
    const { found } = await inOneRun('large.tar.gz');
    expect(found.map((text) => text.split(':')[0])).toEqual([
      'archive.concatenated',
      'archive.trailing_data',
      'index.absent',
      'listing.differs',
      'listing.differs',
    ]);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['truncated', (bytes) => bytes.subarray(0, bytes.length - 5000)],
    ['damaged in its CRC-32', (bytes) => bytes.map((byte, i) => (i === bytes.length - 8 ? byte ^ 1 : byte))],
    ['damaged in the middle', (bytes) => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte))],
    ['without a listing', (bytes) => bytes],
  ])('says the same as one run of an archive that is %s', async (what, change) => {
    const bytes = await bare('large.tar.gz', gzipSync(await packTar(entries)));
    place.putUnnoticed('large.tar.gz', change(bytes));
    if (what === 'without a listing') place.delete('large.tar.gz.list.txt');
    await isLikeOneRun('large.tar.gz', 150_000);
    // Whatever it was, its progress is gone once the result is on record, and the next run begins again.
    await nights.night({ maxBytes: 150_000 });
    expect((await nights.offsets())[0]).toBeLessThanOrEqual(150_000);
  });

  it('says the same as one run, whatever the listing and the cuts', async () => {
    const bytes = await bare(
      'large.tar',
      await packTar(entries.map((entry, i) => ({ ...entry, content: wordy(i * 40, i) }))),
    );
    const lines = place.read('large.tar.list.txt').toString().split('\n');
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(lines),
        fc.integer({ min: 3000, max: bytes.length - 1 }),
        async (kept, maxBytes) => {
          place.put('large.tar.list.txt', kept.join('\n'));
          await nights.db.query('delete from salvor.archive_parts');
          await isLikeOneRun('large.tar', maxBytes);
        },
      ),
      { numRuns: caseCount(20) },
    );
  }, 60_000);

  it('reports an index of another version in every run, and compares the listing at the end', async () => {
    const bytes = gzipSync(await packTar(entries));
    await build({ kind: 'archives', archives: [place.putUnnoticed('large.tar.gz', bytes)] });
    place.put('large.tar.gz', gzipSync(await packTar(entries), { level: 1 }));
    const { exitCode, codes } = await nights.night({ maxBytes: 200_000 });
    expect({ exitCode, codes }).toEqual({ exitCode: 1, codes: ['index.stale'] });
    await isLikeOneRun('large.tar.gz', 200_000);
  });
});

describe('what earlier runs have saved', () => {
  it.each(['state', 'pieces'])('is not used if its %s was changed', async (what) => {
    const { length } = await bare('large.tar', await packTar(entries));
    const third = Math.ceil(length / 3);
    await nights.night({ maxBytes: third });
    await nights.night({ maxBytes: third });
    expect(await nights.offsets()).toEqual([2 * third]);
    const change =
      what === 'state'
        ? `update salvor.archive_parts set state = replace(state, '"isVolume":false', '"isVolume":true')`
        : `update salvor.archive_part_pieces set content = content || 'x'::bytea where piece_number = 1`;
    await nights.db.query(change);
    await nights.night({ maxBytes: third });
    expect(await nights.offsets()).toEqual([third]);
    expect(await nights.pieces()).toBe(1);
  });

  it('is not used for another version of the archive, nor once there is an index', async () => {
    const { length } = await bare('large.tar', await packTar(entries));
    const third = Math.ceil(length / 3);
    await nights.night({ maxBytes: third });
    place.put('large.tar', await packTar(entries));
    await nights.night({ maxBytes: third });
    expect(await nights.offsets()).toEqual([third]);
    await build(
      { kind: 'archives', archives: [{ store: place.store, key: 'large.tar' }] },
      { replace: true },
    );
    await nights.night({ maxBytes: third });
    expect(await nights.offsets()).toEqual([third]);
    expect(await nights.pieces()).toBe(0);
  });

  it('is deleted with an archive that is gone', async () => {
    const { length } = await bare('large.tar', await packTar(entries));
    await nights.night({ maxBytes: length - 1 });
    expect(await nights.pieces()).toBe(1);
    place.put('other.tar', await packTar(entries.slice(0, 1)));
    for (const suffix of ['', '.list.txt']) place.delete(`large.tar${suffix}`);
    await nights.night({ maxBytes: length });
    expect({ offsets: await nights.offsets(), pieces: await nights.pieces() }).toEqual({
      offsets: [],
      pieces: 0,
    });
  });

  it('of a run that died after the last byte lets the next one conclude', async () => {
    const { length } = await bare('large.tar.gz', gzipSync(await packTar(entries)));
    const half = Math.ceil(length / 2) + 60_000;
    await nights.night({ maxBytes: half });
    expect((await nights.night({ maxBytes: half, ends: 'died' })).summary).toMatchObject({ checked: 1 });
    expect((await nights.night({ maxBytes: half })).summary).toMatchObject({
      checked: 1,
      listings_same: 1,
      members: 60,
    });
    expect((await nights.night({ maxBytes: half })).summary).toMatchObject({ checked: 0, in_parts: 1 });
  });
});

it('a run that dies at any save leaves what the save before it has saved', async () => {
  const many = Array.from({ length: 1500 }, (_, i) => ({ name: `d/f${i}`, content: noise(i % 3000, i) }));
  const bytes = await bare('large.tar.gz', gzipSync(await packTar(many)));
  const { found } = await inOneRun('large.tar.gz');
  // Five seconds of this clock, after which a run saves, are a tenth of the archive.
  const pace = { maxBytes: Math.ceil(bytes.length / 2), bytesPerMs: bytes.length / 50_000 };
  let saves = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 }),
      async (deaths) => {
        await nights.db.query('delete from salvor.archive_parts');
        nights.said.length = 0;
        let before = 0;
        for (const diesAtSave of deaths) {
          await nights.night({ ...pace, diesAtSave, ends: 'died' });
          const [now = 0] = await nights.offsets();
          // The end is read again by the run after the one that died with it.
          expect(now >= before || before === bytes.length).toBe(true);
          before = now;
          saves += await nights.pieces();
        }
        nights.said.length = 0;
        const { summary } = await nightsUntilDone(pace.maxBytes);
        expect(summary).toMatchObject({ checked: 1, listings_same: 1, members: 1500, errors: 0 });
        expect(nights.said).toEqual(found);
      },
    ),
    { numRuns: caseCount(15) },
  );
  expect(saves).toBeGreaterThan(0);
}, 120_000);

describe('an archive that cannot be read in parts without an index', () => {
  // As xz, zstd and bzip2 begin; no more of it is looked at.
  it.each([
    ['xz', 'fd377a585a000004e6d6b446'],
    ['zstd', '28b52ffd2000010000'],
    ['bzip2', '425a6839314159265359'],
  ])('is named if it is %s, with what makes it possible', async (compression, first) => {
    await bare('large.tar', Buffer.concat([Buffer.from(first, 'hex'), noise(200_000, 1)]));
    await small();
    const { codes, messages } = await nights.night({ maxBytes: 100_000 });
    expect(codes).toEqual(['check.too_large']);
    const url = place.store.urlOf('large.tar');
    expect(messages[0]).toContain(
      `it cannot be read in parts, because it has no index, and an archive in ${compression} needs a usable one for that: salvor listings build ${url}`,
    );
    expect(await nights.offsets()).toEqual([]);
  });

  it('is named if two runs get no further; the second has read nothing else', async () => {
    await bare('large.tar.gz', gzipSync(await packTar(entries)));
    await small();
    expect(await nights.night({ maxBytes: 5000 })).toMatchObject({
      codes: [],
      summary: { in_parts: 1, checked: 1 },
    });
    expect(await codeOf(nights.night({ maxBytes: 5000 }))).toBe('check.nothing_checked');
    expect(nights.said).toEqual([expect.stringMatching(/^check.too_large: .*two runs .* no place/)]);
    // Then the others have their turn.
    expect(await nights.night({ maxBytes: 5000 })).toMatchObject({ summary: { in_parts: 1, checked: 1 } });
  });
});
