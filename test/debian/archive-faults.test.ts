import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPRESSIONS, type CompressionName } from '../../src/core/compressions.js';
import { checkListings } from '../../src/jobs/indexing/check/check.js';
import { noise, wordy } from '../archive/support/bytes.js';
import { packTar } from '../archive/support/pack.js';
import { build, recorder, TestStore } from '../jobs/indexing/support.js';
import { decode } from '../support/decoders.js';

const through =
  (program: string, ...args: string[]) =>
  (tar: Uint8Array): Buffer =>
    execFileSync(program, args, { input: tar, maxBuffer: 1 << 28 });

const halves =
  (compress: (tar: Uint8Array) => Buffer) =>
  (tar: Uint8Array): Buffer =>
    Buffer.concat([tar.subarray(0, 90_000), tar.subarray(90_000)].map(compress));

/** At least one writer of every compression: a new one does not compile without. */
const WRITERS: Record<CompressionName, Record<string, (tar: Uint8Array) => Buffer>> = {
  none: { plain: (tar) => Buffer.from(tar) },
  gzip: { gzip: through('gzip', '-c'), 'gzip in two members': halves(through('gzip', '-c')) },
  zstd: {
    zstd: through('zstd', '-qc'),
    'zstd in two frames': halves(through('zstd', '-qc')),
    'zstd without checksums': through('zstd', '-qc', '--no-check'),
  },
  xz: {
    xz: through('xz', '-c'),
    'xz in blocks': through('xz', '-c', '-T2', '--block-size=30000'),
    'xz in two streams': halves(through('xz', '-c')),
    'xz with a filter': through('xz', '-c', '--x86', '--lzma2'),
  },
  bzip2: { bzip2: through('bzip2', '-c'), 'bzip2 in two streams': halves(through('bzip2', '-c')) },
};
const CASES = Object.entries(WRITERS).flatMap(([compression, writers]) =>
  Object.entries(writers).map(
    ([name, compress]) => [name, compression as CompressionName, compress] as const,
  ),
);
const JUNK_BYTES = [1, 2, 3, 4, 5, 7, 11, 12, 13, 100, 511, 512, 513, 10_240, 1_000_000];
/** What an archive of any compression may begin with, and does not go on with. */
const BEGINNINGS = ['', '1f', '1f8b', '28', '28b5', '5a', 'fd37', '425a', '425a68', '00', '000000'];

describe.each(CASES)('%s', (_, compression, compress) => {
  const tar = packTar([
    { name: 'one', content: wordy(60_000, 1) },
    { name: 'two', content: noise(60_000, 2) },
    { name: 'three', content: wordy(60_000, 3) },
  ]);
  const key = `a${COMPRESSIONS[compression].suffixes[0] ?? '.tar'}`;
  let place: TestStore;
  let whole: Buffer;
  beforeAll(async () => {
    place = new TestStore();
    whole = compress(await tar);
    const archive = place.putUnnoticed(key, whole);
    const built = await build({ kind: 'archives', archives: [archive] }, { spanBytes: 30_000 });
    expect(built.codes).toEqual(['listing.built']);
    expect(await check()).toEqual([]);
  });
  afterAll(() => place.remove());

  async function check(): Promise<string[]> {
    const { emit, codes, messages } = recorder();
    await checkListings(
      { kind: 'archives', archives: [{ store: place.store, key }] },
      {
        decode,
        directory: tmpdir(),
        isCanary: () => false,
        nowMs: 0,
        monotonicMs: () => 0,
        emit,
        signal: new AbortController().signal,
      },
    );
    return codes.map((code, i) => `${code}: ${messages[i]}`);
  }

  it('a zeroed page and a flipped bit are named wherever they are', async () => {
    for (let part = 0; part < 8; part += 1) {
      const at = Math.floor((whole.length * part) / 8);
      const zeroed = Buffer.from(whole);
      zeroed.fill(0, at, at + 4096);
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      for (const [what, bytes] of [
        ['zeroed', zeroed],
        ['flipped', flipped],
      ] as const) {
        if (bytes.equals(whole)) continue;
        place.putUnnoticed(key, bytes);
        expect(await check(), `${what} at ${at} of ${whole.length}`).toContainEqual(
          expect.stringMatching(
            /^(archive\.(corrupt|truncated|unsupported|trailing_data|no_end|no_members)|index\.differs)/,
          ),
        );
      }
    }
  });

  it('a missing end is reported, however little is missing', async () => {
    rmSync(join(place.directory, `${key}.salvor-index`), { force: true });
    for (const missing of [1, 2, 10, 100, 1000, 30_000]) {
      place.put(
        key,
        compression === 'none' ? (await tar).subarray(0, -missing) : whole.subarray(0, -missing),
      );
      expect(await check(), `${missing} bytes`).toContainEqual(
        expect.stringMatching(/^archive\.(truncated|corrupt|no_end|unsupported)|^listing\.differs/),
      );
    }
    place.put(key, compress((await tar).subarray(0, -1024)));
    expect(await check()).toContainEqual(expect.stringMatching(/^archive\.no_end/));
  });

  it('junk after the end is named with its place and length, and hides nothing', async () => {
    rmSync(join(place.directory, `${key}.salvor-index`), { force: true });
    for (const beginning of BEGINNINGS) {
      for (const length of beginning === '' ? JUNK_BYTES : [1, 3, 6, 600]) {
        // Two bytes are all that tells a gzip member: one that is none is refused, and named all the same.
        const isMember = compression === 'gzip' && beginning === '1f8b' && length > 1;
        const junk = Buffer.concat([Buffer.from(beginning, 'hex'), noise(1_000_000, 9)]).subarray(0, length);
        if (junk.every((byte) => byte === 0)) continue;
        place.put(key, Buffer.concat([whole, junk]));
        const found = await check();
        const why = `${length} bytes of ${beginning || 'noise'}`;
        expect(
          found.filter((text) => !text.startsWith('index.absent')),
          why,
        ).toHaveLength(1);
        if (isMember) {
          expect(found.join(), why).toMatch(/archive\.(unsupported|truncated)/);
          continue;
        }
        expect(found.join(), why).toMatch(
          /archive\.trailing_data: (1 byte of other data follows|[\d,]+ bytes of other data follow) the (compressed data|end of the tar)/,
        );
        expect(found.join(), why).toMatch(/at byte \d+/);
      }
    }
  });

  it('junk in the tar itself is named too', async () => {
    rmSync(join(place.directory, `${key}.salvor-index`), { force: true });
    for (const length of JUNK_BYTES) {
      place.put(key, compress(Buffer.concat([await tar, noise(length, 9)])));
      expect(await check(), `${length} bytes`).toContainEqual(
        expect.stringMatching(/^archive\.trailing_data/),
      );
    }
  });
});
