import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noise, wordy } from '../../archive/support/bytes.js';
import { type PackEntry, packTar } from '../../archive/support/pack.js';
import { caseCount } from '../../support/property-runs.js';
import { build, codeOf, restored, TestStore } from './support.js';

let place: TestStore;
beforeEach(() => {
  place = new TestStore();
});
afterEach(() => place.remove());

async function built(name: string, bytes: Uint8Array, spanBytes = 20_000) {
  const archive = place.putUnnoticed(name, bytes);
  const ran = await build({ kind: 'archives', archives: [archive] }, { spanBytes, replace: true });
  expect(ran).toMatchObject({ exitCode: 0, codes: ['listing.built'] });
  return archive;
}

const RUNS = caseCount(150);

const content = fc
  .record({
    kind: fc.constantFrom('wordy', 'noise'),
    size: fc.oneof(fc.constant(0), fc.nat(2000), fc.nat(60_000)),
    seed: fc.nat(),
  })
  .map(({ kind, size, seed }) => ({
    toString: () => `${kind} of ${size} bytes, seed ${seed}`,
    bytes: () => (kind === 'wordy' ? wordy(size, seed) : noise(size, seed)),
  }));
const entry = fc.record({
  name: fc.constantFrom('a', './a', 'dir/b', 'x'.repeat(150), `deep/${'y'.repeat(250)}/z`, 'ü', 'c.csv'),
  content,
});
const archiveBytes = fc
  .tuple(
    fc.array(entry, { minLength: 1, maxLength: 8 }),
    fc.constantFrom('plain', 'one', 'members', 'stored'),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 500, max: 100_000 }),
  )
  .map(([entries, kind, level, memLevel, cut]) => ({ entries, kind, level, memLevel, cut }));

function compress(tar: Buffer, how: { kind: string; level: number; memLevel: number; cut: number }): Buffer {
  const { kind, level, memLevel, cut } = how;
  if (kind === 'plain') return tar;
  if (kind === 'stored') return gzipSync(tar, { level: 0 });
  if (kind === 'one') return gzipSync(tar, { level, memLevel });
  const parts: Buffer[] = [];
  for (let at = 0; at < tar.length; at += cut)
    parts.push(gzipSync(tar.subarray(at, at + cut), { level, memLevel }));
  return Buffer.concat(parts);
}

describe('restore by range', () => {
  it(
    'gives every member of any archive, the last of its name',
    async () => {
      await fc.assert(
        fc.asyncProperty(archiveBytes, fc.integer({ min: 1000, max: 50_000 }), async (how, spanBytes) => {
          const entries = how.entries.map(({ name, content }) => ({ name, content: content.bytes() }));
          const tar = await packTar(entries);
          const archive = await built(
            how.kind === 'plain' ? 'a.tar' : 'a.tar.gz',
            compress(tar, how),
            spanBytes,
          );
          const last = new Map(entries.map(({ name, content }) => [name.replace(/^\.\//, ''), content]));
          for (const [name, content] of last) {
            const { summary, content: got } = await restored(archive, name);
            expect(got.equals(content)).toBe(true);
            expect(summary).toMatchObject({
              method: 'ranged',
              verified_by: 'sha256',
              size_bytes: content.length,
            });
          }
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 2000,
  );

  it('streams to the same content', async () => {
    const entries = [
      { name: 'a', content: wordy(30_000, 1) },
      { name: 'b', content: wordy(500, 2) },
      { name: 'a', content: wordy(100, 3) },
    ];
    const archive = await built('a.tar.gz', gzipSync(await packTar(entries)));
    for (const [name, occurrence, expected] of [
      ['a', undefined, 2],
      ['a', 1, 0],
      ['a', 2, 2],
      ['b', undefined, 1],
    ] as const) {
      for (const stream of [false, true]) {
        const { content, summary } = await restored(archive, name, { occurrence, stream });
        expect(content.equals(entries[expected]?.content ?? Buffer.alloc(0))).toBe(true);
        expect(summary.verified_by).toBe(stream ? 'container-checksum' : 'sha256');
      }
    }
    expect(await codeOf(restored(archive, 'a', { occurrence: 3 }))).toBe('member.not_found');
    expect(await codeOf(restored(archive, 'a', { occurrence: 3, stream: true }))).toBe('member.not_found');
  });

  it('follows hard links, and refuses members without content', async () => {
    const entries: PackEntry[] = [
      { name: 'first', content: 'one' },
      { name: 'link', type: 'link', linkname: 'first' },
      { name: 'link2', type: 'link', linkname: './link' },
      { name: 'first', content: 'two' },
      { name: 'dir/', type: 'directory' },
      { name: 'sym', type: 'symlink', linkname: 'first' },
      { name: 'loop', type: 'link', linkname: 'loop' },
      { name: 'fifo', type: 'fifo' },
    ];
    const archive = await built('a.tar.gz', gzipSync(await packTar(entries)));
    for (const stream of [false, true]) {
      expect((await restored(archive, 'link2', { stream })).content.toString()).toBe('one');
      expect((await restored(archive, './first', { stream })).content.toString()).toBe('two');
      expect(await codeOf(restored(archive, 'dir', { stream }))).toBe('member.not_regular');
      expect(await codeOf(restored(archive, 'sym', { stream }))).toBe('member.not_regular');
      expect(await codeOf(restored(archive, 'fifo', { stream }))).toBe('member.not_regular');
      expect(await codeOf(restored(archive, 'loop', { stream }))).toBe('member.not_found');
      expect(await codeOf(restored(archive, 'nothing', { stream }))).toBe('member.not_found');
    }
  });

  it('fetches little of a large archive', async () => {
    const tar = await packTar(
      Array.from({ length: 40 }, (_, i) => ({ name: `f${i}`, content: noise(50_000, i) })),
    );
    const file = gzipSync(tar);
    const archive = await built('a.tar.gz', file, 65_536);
    const { summary } = await restored(archive, 'f20');
    expect(summary.bytes_fetched).toBeLessThan(file.length / 3);
  });
});

describe('restore refuses', () => {
  const member = { name: 'a', content: wordy(50_000, 9) };

  it('an archive that changed, by its ETag and by its size', async () => {
    const archive = await built('a.tar.gz', gzipSync(await packTar([member])));
    place.put('a.tar.gz', gzipSync(await packTar([{ name: 'a', content: 'other' }])));
    expect(await codeOf(restored(archive, 'a'))).toBe('index.stale');
    expect((await restored(archive, 'a', { stream: true })).content.toString()).toBe('other');
  });

  it('a span whose bytes changed under the same ETag, whichever byte it is', async () => {
    const file = gzipSync(await packTar([{ name: 'b', content: 'x' }, member]));
    const archive = await built('a.tar.gz', file, 1_000_000);
    for (let at = 10; at < file.length - 8; at += 499) {
      const flipped = Buffer.from(file);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      place.putUnnoticed('a.tar.gz', flipped);
      const result = await restored(archive, 'a').catch((error: { code?: string }) => error);
      if ('content' in result) expect(result.content.equals(member.content), `byte ${at}`).toBe(true);
      else expect(result.code, `byte ${at}`).toBe('index.corrupt');
    }
  });

  it('a damaged index, and an absent one', async () => {
    const archive = await built('a.tar.gz', gzipSync(await packTar([member])));
    const index = place.read('a.tar.gz.salvor-index');
    place.put('a.tar.gz.salvor-index', index.subarray(0, -1));
    expect(await codeOf(restored(archive, 'a'))).toBe('index.corrupt');
    for (let at = 16; at < index.length; at += 7) {
      const flipped = Buffer.from(index);
      flipped[at] = (flipped[at] ?? 0) ^ 0x20;
      place.put('a.tar.gz.salvor-index', flipped);
      const result = await restored(archive, 'a').catch((error: { code?: string }) => error);
      if ('content' in result) expect(result.content.equals(member.content), `byte ${at}`).toBe(true);
      else expect(result.code, `byte ${at}`).toBe('index.corrupt');
    }
    const other = place.put('b.tar.gz', gzipSync(await packTar([member])));
    expect(await codeOf(restored(other, 'a'))).toBe('restore.no_index');
  });

  it('unproven content, unless that is allowed', async () => {
    const archive = place.put('a.tar', await packTar([member]));
    expect(await codeOf(restored(archive, 'a', { stream: true }))).toBe('member.unverified');
    const { content, summary } = await restored(archive, 'a', { stream: true, allowUnverified: true });
    expect(content.equals(member.content)).toBe(true);
    expect(summary.verified_by).toBe('none');
  });

  it('a truncated archive when it is streamed', async () => {
    const file = gzipSync(await packTar([member]));
    // Whole, but the checksum that covers it is not there.
    const archive = place.put('a.tar.gz', file.subarray(0, -3));
    expect(await codeOf(restored(archive, 'a', { stream: true }))).toBe('member.unverified');
    const inside = place.put('b.tar.gz', file.subarray(0, file.length >> 1));
    expect(await codeOf(restored(inside, 'a', { stream: true, allowUnverified: true }))).toBe(
      'archive.truncated',
    );
  });

  it('to replace a file, and leaves nothing behind when it fails', async () => {
    const archive = await built('a.tar.gz', gzipSync(await packTar([member])));
    const out = join(place.directory, 'out');
    await restored(archive, 'a', { output: out });
    expect(readFileSync(out).equals(member.content)).toBe(true);
    expect(statSync(out).mode & 0o777).toBe(0o640);
    expect(await codeOf(restored(archive, 'a', { output: out }))).toBe('restore.exists');
    expect(await codeOf(restored(archive, 'nothing', { output: `${out}2` }))).toBe('member.not_found');
    expect(place.names()).toEqual(['a.tar.gz', 'a.tar.gz.list.txt', 'a.tar.gz.salvor-index', 'out']);
  });
});
