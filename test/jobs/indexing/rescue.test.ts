import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkListings } from '../../../src/jobs/indexing/check/check.js';
import type { Extraction, Wanted } from '../../../src/jobs/recovery/source-port.js';
import { ExtractPass } from '../../../src/sources/archives/extract-pass.js';
import { sought } from '../../../src/sources/archives/take.js';
import { openTar } from '../../../src/sources/archives/tar-stream.js';
import { asyncPieces, noise, wordy } from '../../archive/support/bytes.js';
import { packTar } from '../../archive/support/pack.js';
import { craftHeader, padded, TAR_END } from '../../archive/support/peers.js';
import { decode } from '../../support/decoders.js';
import { build, codeOf, recorder, restored, TestStore } from './support.js';

let place: TestStore;
beforeEach(() => {
  place = new TestStore();
});
afterEach(() => place.remove());

const ENTRIES = [
  { name: 'one', content: wordy(50_000, 1) },
  { name: 'two', content: noise(60_000, 2) },
  { name: 'three', content: wordy(70_000, 3) },
];

async function check(key: string) {
  const { emit, codes, messages } = recorder();
  const outcome = await checkListings(
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
  return { exitCode: outcome.exitCode, codes, messages };
}

/** What recovery takes out of an archive, by name: what proves it, or the code of the refusal. */
async function recovered(bytes: Uint8Array, names: readonly string[]): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  const wanted = names.map(
    (name) => ({ id: name, hit: { member: name, locator: { key: 'a', member: name } } }) as unknown as Wanted,
  );
  const open = () => ({
    write: () => undefined,
    end: async () => ({ sha256: 'x', sizeBytes: 1 }),
    abort: async () => undefined,
  });
  const tell = (outcome: Extraction): void => {
    outcomes[outcome.id] = outcome.ok ? outcome.verifiedBy : outcome.code;
  };
  await new ExtractPass(wanted.map(sought), open, tell).run(await openTar(asyncPieces(bytes), decode));
  return outcomes;
}

describe('an archive with a small fault', () => {
  it.each<[string, (tar: Buffer) => Buffer, string]>([
    ['without an end', (tar) => tar.subarray(0, -1024), 'archive.no_end'],
    ['with half an end', (tar) => tar.subarray(0, -512), 'archive.no_end'],
    ['with a byte after its end', (tar) => Buffer.concat([tar, Buffer.from('x')]), 'archive.trailing_data'],
    ['with a megabyte after its end', (tar) => Buffer.concat([tar, noise(1e6, 4)]), 'archive.trailing_data'],
    ['twice', (tar) => Buffer.concat([tar, tar]), 'archive.concatenated'],
  ])('is built, checked, restored and recovered: %s', async (_, change, code) => {
    const tar = change(await packTar(ENTRIES));
    const archive = place.put('a.tar.gz', gzipSync(tar));
    expect(await build({ kind: 'archives', archives: [archive] })).toMatchObject({
      exitCode: 0,
      codes: ['listing.built', code],
    });
    expect(await check('a.tar.gz')).toMatchObject({ exitCode: 0, codes: [code] });
    for (const stream of [false, true]) {
      const { content, summary } = await restored(archive, 'two', { stream });
      expect(content.equals(ENTRIES[1]?.content as Buffer)).toBe(true);
      expect(summary.verified_by).toBe(stream ? 'container-checksum' : 'sha256');
      if (stream) expect(summary.findings.map((finding) => finding.code)).toEqual([code]);
    }
    // A listing that does not know of the second part is another matter.
    if (code !== 'archive.concatenated')
      expect(await recovered(gzipSync(tar), ['one', 'three'])).toMatchObject({ one: 'container-checksum' });
  });

  it('in the compression only: bytes after the last gzip member', async () => {
    const file = Buffer.concat([gzipSync(await packTar(ENTRIES)), Buffer.from('junk!')]);
    const archive = place.put('a.tar.gz', file);
    const built = await build({ kind: 'archives', archives: [archive] });
    expect(built).toMatchObject({ exitCode: 0, codes: ['listing.built', 'archive.trailing_data'] });
    expect(built.messages[1]).toContain('5 bytes');
    for (const { name, content } of ENTRIES) {
      expect((await restored(archive, name)).content.equals(content)).toBe(true);
      expect((await restored(archive, name, { stream: true })).summary.verified_by).toBe(
        'container-checksum',
      );
    }
    expect(await recovered(file, ['one'])).toEqual({ one: 'container-checksum' });
  });

  it('in the middle: a zeroed page is named by build and check', async () => {
    const tar = await packTar(ENTRIES);
    tar.fill(0, 50_688, 54_784);
    const archive = place.put('a.tar', tar);
    expect(await build({ kind: 'archives', archives: [archive] })).toMatchObject({
      codes: ['listing.built', 'archive.trailing_data'],
    });
    expect((await check('a.tar')).codes).toContain('archive.trailing_data');
  });
});

describe('an archive with a header whose checksum is wrong', () => {
  it('gets no siblings; the members after it come out unproven, even in a sound container', async () => {
    const tar = await packTar(ENTRIES);
    const at = 512 + 50_176;
    expect(tar.subarray(at, at + 3).toString()).toBe('two');
    tar[at] = 0x42;
    const archive = place.put('a.tar.gz', gzipSync(tar));
    expect(await build({ kind: 'archives', archives: [archive] })).toMatchObject({
      exitCode: 1,
      codes: ['archive.corrupt'],
    });
    expect(place.names()).toEqual(['a.tar.gz']);
    const before = await restored(archive, 'one', { stream: true });
    expect(before.summary.verified_by).toBe('container-checksum');
    expect(await codeOf(restored(archive, 'three', { stream: true }))).toBe('member.unverified');
    const { content, summary } = await restored(archive, 'three', { stream: true, allowUnverified: true });
    expect(content.equals(ENTRIES[2]?.content as Buffer)).toBe(true);
    expect(summary).toMatchObject({ verified_by: 'none', findings: [{ code: 'archive.corrupt' }] });
    expect(await recovered(gzipSync(tar), ['one', 'two', 'three'])).toEqual({
      one: 'container-checksum',
      two: 'archive.corrupt',
      three: 'none',
    });
  });
});

describe('an archive that is cut inside a member', () => {
  it('gets no siblings, and its whole members are restored and recovered unproven', async () => {
    const tar = await packTar(ENTRIES);
    const archive = place.put('a.tar', tar.subarray(0, 150_000));
    expect(await build({ kind: 'archives', archives: [archive] })).toMatchObject({
      exitCode: 1,
      codes: ['archive.truncated'],
    });
    expect(place.names()).toEqual(['a.tar']);
    expect(await codeOf(restored(archive, 'two', { stream: true }))).toBe('member.unverified');
    const { content, summary } = await restored(archive, 'two', { stream: true, allowUnverified: true });
    expect(content.equals(ENTRIES[1]?.content as Buffer)).toBe(true);
    expect(summary).toMatchObject({ verified_by: 'none', findings: [{ code: 'archive.truncated' }] });
    expect(await codeOf(restored(archive, 'three', { stream: true, allowUnverified: true }))).toBe(
      'archive.truncated',
    );
    expect(await recovered(tar.subarray(0, 150_000), ['one', 'two', 'three'])).toEqual({
      one: 'none',
      two: 'none',
      three: 'archive.truncated',
    });
  });

  it('returns what an earlier gzip member proves by default', async () => {
    const tar = await packTar(ENTRIES);
    const parts = [tar.subarray(0, 51_200), tar.subarray(51_200)].map((part) => gzipSync(part));
    const archive = place.put('a.tar.gz', Buffer.concat(parts).subarray(0, -2000));
    const { summary } = await restored(archive, 'one', { stream: true });
    expect(summary.verified_by).toBe('container-checksum');
    expect(await recovered(Buffer.concat(parts).subarray(0, -2000), ['one', 'two', 'three'])).toEqual({
      one: 'container-checksum',
      two: 'none',
      three: 'archive.truncated',
    });
  });

  it('names the earlier member if the last one of that name is cut', async () => {
    const tar = await packTar([...ENTRIES, { name: 'one', content: noise(50_000, 9) }]);
    const archive = place.put('a.tar', tar.subarray(0, 200_000));
    const failure = await restored(archive, 'one', { stream: true, allowUnverified: true }).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({
      code: 'archive.truncated',
      hint: expect.stringContaining('--occurrence 1'),
    });
    const earlier = await restored(archive, 'one', { stream: true, allowUnverified: true, occurrence: 1 });
    expect(earlier.content.equals(ENTRIES[0]?.content as Buffer)).toBe(true);
  });
});

describe('a sparse member', () => {
  const SIZE = 20_000_000;

  function sparseTar(options: readonly string[]): Buffer {
    const path = join(place.directory, 'sparse');
    const file = openSync(path, 'w+');
    for (const at of [0, 5_000_000, 15_000_000]) writeSync(file, wordy(6000, at), 0, 6000, at);
    ftruncateSync(file, SIZE);
    closeSync(file);
    const tar = execFileSync('tar', ['--sparse', ...options, '-C', place.directory, '-cf', '-', 'sparse'], {
      maxBuffer: 1 << 28,
    });
    rmSync(path);
    return tar;
  }

  function expected(): Buffer {
    const content = Buffer.alloc(SIZE);
    for (const at of [0, 5_000_000, 15_000_000]) wordy(6000, at).copy(content, at);
    return content;
  }

  it.each([
    ['--format=oldgnu'],
    ['--format=posix', '--sparse-version=0.0'],
    ['--format=posix', '--sparse-version=0.1'],
    ['--format=posix', '--sparse-version=1.0'],
  ])('is restored by range and by stream, and recovered: %s %s', async (...options) => {
    const tar = sparseTar(options.filter((option) => option !== undefined));
    for (const [name, bytes] of [
      ['a.tar', tar],
      ['a.tar.gz', gzipSync(tar)],
    ] as const) {
      const archive = place.put(name, bytes);
      expect(await build({ kind: 'archives', archives: [archive] })).toMatchObject({
        exitCode: 0,
        codes: ['listing.built'],
      });
      expect(await check(name)).toMatchObject({ exitCode: 0, codes: [] });
      const ranged = await restored(archive, 'sparse');
      expect(ranged.content.equals(expected())).toBe(true);
      expect(ranged.summary).toMatchObject({ method: 'ranged', verified_by: 'sha256' });
      const streamed = await restored(archive, 'sparse', { stream: true, allowUnverified: true });
      expect(streamed.content.equals(expected())).toBe(true);
      expect(streamed.summary.sha256).toBe(ranged.summary.sha256);
      expect(await recovered(bytes, ['sparse'])).toEqual({
        sparse: name === 'a.tar' ? 'none' : 'container-checksum',
      });
    }
  });

  it('with holes of a petabyte costs nothing, and is refused wherever they would be filled', async () => {
    const records = ['major=1', 'minor=0', `realsize=${2 ** 50}`, 'name=sparse'].map((text) => {
      const rest = ` GNU.sparse.${text}\n`;
      return `${rest.length + 2}${rest}`;
    });
    const sparse = [
      craftHeader({ name: 'pax', type: 'x', size: records.join('').length }),
      padded(records.join('')),
      craftHeader({ name: 'stored', type: '0', size: 1024 }),
      padded('1\n0\n512\n'),
      padded('data'.repeat(128)),
    ];
    const tar = Buffer.concat([...sparse, (await packTar(ENTRIES)).subarray(0, -1024), TAR_END]);
    const archive = place.put('a.tar', tar);
    expect((await build({ kind: 'archives', archives: [archive] })).codes).toEqual(['listing.built']);
    for (const stream of [false, true]) {
      const failure = await restored(archive, 'sparse', { stream }).catch((error) => error);
      expect(failure).toMatchObject({
        code: 'archive.limit',
        hint: expect.stringContaining('--max-holes'),
        exitCode: 1,
      });
      expect((await restored(archive, 'two', { stream, allowUnverified: true })).summary.size_bytes).toBe(
        60_000,
      );
    }
    expect(await recovered(tar, ['sparse', 'two'])).toEqual({ sparse: 'archive.limit', two: 'none' });
  });

  it('is refused if its holes are larger than --max-holes, and accepted if they are exactly as large', async () => {
    const archive = place.put('a.tar', sparseTar(['--format=posix']));
    await build({ kind: 'archives', archives: [archive] });
    const holes = SIZE - 3 * 8192;
    for (const stream of [false, true]) {
      const options = { stream, allowUnverified: true };
      expect(await codeOf(restored(archive, 'sparse', options, { maxHoleBytes: holes / 2 }))).toBe(
        'archive.limit',
      );
      const { content } = await restored(archive, 'sparse', options, { maxHoleBytes: holes });
      expect(content.equals(expected())).toBe(true);
    }
  });

  it('is written with its holes', async () => {
    const archive = place.put('a.tar', sparseTar(['--format=posix']));
    await build({ kind: 'archives', archives: [archive] });
    const output = join(place.directory, 'out');
    await restored(archive, 'sparse', { output });
    const { size, blocks } = statSync(output);
    expect(size).toBe(SIZE);
    expect(blocks * 512).toBeLessThan(SIZE / 10);
  });
});
