import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryPlacement } from '../../../src/jobs/indexing/placement.js';
import { teeArchive } from '../../../src/jobs/indexing/tee/tee.js';
import { asyncPieces, Collector, wordy } from '../../archive/support/bytes.js';
import { tarListing } from '../../archive/support/gnu-tar.js';
import { packTar } from '../../archive/support/pack.js';
import { decode } from '../../support/decoders.js';
import { build, codeOf, restored, TestStore } from './support.js';

let place: TestStore;
let archive: Buffer;
beforeEach(async () => {
  place = new TestStore();
  archive = gzipSync(
    await packTar([
      { name: 'a', content: wordy(200_000, 1) },
      { name: 'b', content: 'b' },
    ]),
  );
});
afterEach(() => place.remove());

function tee(
  source: AsyncIterable<Uint8Array>,
  pass: (bytes: Uint8Array) => Promise<void>,
  base = 'a.tar.gz',
) {
  return teeArchive(
    { archive: 'a.tar.gz', spanBytes: 50_000, index: true, writer: 'test' },
    {
      source,
      pass,
      placement: () =>
        new DirectoryPlacement(
          join(place.directory, `${base}.list.txt`),
          join(place.directory, `${base}.salvor-index`),
        ),
      decode,
    },
  );
}

describe('listings tee', () => {
  it('passes every byte on, and leaves a listing and an index that work', async () => {
    const passed = new Collector();
    const summary = await tee(asyncPieces(archive, 7777), async (bytes) => passed.add(bytes));
    expect(passed.bytes().equals(archive)).toBe(true);
    expect(summary).toMatchObject({ bytes_passed: archive.length, members: 2 });
    expect(place.read('a.tar.gz.list.txt').toString()).toBe(tarListing(archive, '-z'));
    const ref = place.put('a.tar.gz', archive);
    expect((await restored(ref, 'b')).content.toString()).toBe('b');
  });

  it('writes the same index as build, except for the binding', async () => {
    await tee(asyncPieces(archive), async () => {});
    const ref = place.put('b.tar.gz', archive);
    await build({ kind: 'archives', archives: [ref] }, { spanBytes: 50_000 });
    expect((await restored(ref, 'a')).content).toEqual(
      (await restored(place.put('a.tar.gz', archive), 'a')).content,
    );
  });

  it('passes each piece on before it asks for the next', async () => {
    let passed = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < archive.length; at += 10_000) {
        expect(passed).toBe(at);
        yield archive.subarray(at, at + 10_000);
      }
    }
    await tee(source(), async (bytes) => {
      passed += bytes.length;
    });
    expect(passed).toBe(archive.length);
  });

  it.each([
    ['is cut', (file: Buffer) => file.subarray(0, -20)],
    ['is empty', () => Buffer.alloc(0)],
    ['is an archive without members', () => gzipSync(Buffer.alloc(10_240))],
    ['is cut before the first member', (file: Buffer) => file.subarray(0, 15)],
    [
      'is damaged early',
      (file: Buffer) => Buffer.concat([file.subarray(0, 100), Buffer.alloc(100), file.subarray(200)]),
    ],
  ])('passes every byte on and never calls the backup unharmed when the input %s', async (_, damage) => {
    const input = damage(archive);
    const passed = new Collector();
    const failure = await tee(asyncPieces(input, 5000), async (bytes) => passed.add(bytes)).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: 'tee.archive_damaged',
      exitCode: 3,
      message: expect.stringContaining('is incomplete or damaged'),
      hint: expect.not.stringContaining('intact'),
    });
    expect(passed.bytes().equals(input)).toBe(true);
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('reports that an input that is not a tar was not checked', async () => {
    const input = Buffer.concat([Buffer.from('junk'), archive]);
    const passed = new Collector();
    const failure = await tee(asyncPieces(input, 5000), async (bytes) => passed.add(bytes)).catch((e) => e);
    expect(failure).toMatchObject({
      code: 'tee.index_failed',
      message: expect.stringContaining('the archive was not checked to its end'),
      hint: expect.not.stringContaining('intact'),
    });
    expect(passed.bytes().equals(input)).toBe(true);
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('passes every byte through even if the listing cannot be written', async () => {
    const passed = new Collector();
    place.put('a.tar.gz.list.txt', 'old');
    const unwritten = await tee(asyncPieces(archive), async (bytes) => passed.add(bytes)).catch((e) => e);
    expect(unwritten).toMatchObject({
      code: 'tee.index_failed',
      hint: expect.stringContaining('the backup is intact'),
    });
    // Here the work could not begin, so nothing was seen of the archive.
    const nowhere = tee(asyncPieces(archive), async (bytes) => passed.add(bytes), 'no/such/directory/a');
    expect(await nowhere.catch((error: unknown) => error)).toMatchObject({
      code: 'tee.index_failed',
      message: expect.stringContaining('the archive was not checked to its end'),
      hint: expect.not.stringContaining('intact'),
    });
    expect(passed.bytes().equals(Buffer.concat([archive, archive]))).toBe(true);
    expect(place.read('a.tar.gz.list.txt').toString()).toBe('old');
  });

  it('leaves nothing behind if the reader goes away', async () => {
    let count = 0;
    const closed = tee(asyncPieces(archive, 1000), async () => {
      count += 1;
      if (count > 3) throw new Error('EPIPE');
    });
    expect(await codeOf(closed)).toBe('tee.output_closed');
    expect(readdirSync(place.directory)).toEqual([]);
  });
});
