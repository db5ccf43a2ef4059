import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Damage } from '../../src/archive/damage.js';
import type { Decoded } from '../../src/archive/read-archive.js';
import { asyncPieces, collect } from '../archive/support/bytes.js';
import { decode } from '../support/decoders.js';

const TEXT = 'hello fixture '.repeat(8);
const XZ =
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABvABVdADQZSe6N6RLknPNn3C7wE7xUAJQAAAAAAABUAkzzy52nCQABMXClw962H7bzfQEAAAAABFla';
const BZIP2 = 'QlpoOTFBWSZTWUEUkewAABeRgEAAA2SWQCAAVEA000BVQZNGnBoUJEBIgUHhYsWPF3JFOFCQQRSR7A==';
const ZSTD = 'KLUv/SRwrQAAcGhlbGxvIGZpeHR1cmUgAQAf01QCuwcGlQ==';
const ZSTD_UNCHECKED = 'KLUv/QBYrQAAcGhlbGxvIGZpeHR1cmUgAQAf01QC';

const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64');
const decoded = (kind: 'xz' | 'bzip2' | 'zstd', bytes: Uint8Array): Decoded =>
  decode(kind, asyncPieces(bytes, 7), 1000);

let path: string | undefined;
beforeEach(() => {
  path = process.env.PATH;
  process.env.PATH = '';
});
afterEach(() => {
  process.env.PATH = path;
});

describe('on a host without any compressor', () => {
  it.each([['xz', XZ]] as const)('%s is decoded all the same', async (kind, base64) => {
    const result = decoded(kind, bytesOf(base64));
    expect((await collect(result.output)).toString()).toBe(TEXT);
    expect(result.checksummed()).toBe(true);
  });

  it('bzip2 needs its program, and the message says so', async () => {
    const result = decoded('bzip2', bytesOf(BZIP2));
    await expect(collect(result.output)).rejects.toMatchObject({ code: 'decoder.failed', exitCode: 3 });
  });

  it.each([['xz', XZ]] as const)('damaged and cut %s is refused', async (kind, base64) => {
    const whole = bytesOf(base64);
    for (const cut of [whole.length >> 1, whole.length - 30]) {
      await expect(collect(decoded(kind, whole.subarray(0, cut)).output), `cut at ${cut}`).rejects.toThrow(
        Damage,
      );
    }
    const flipped = Buffer.from(whole);
    flipped[40] = (flipped[40] ?? 0) ^ 8;
    await expect(collect(decoded(kind, flipped).output)).rejects.toThrow(Damage);
  });

  it('zstd is decoded frame by frame if Node supports it, and otherwise refused with a hint', async () => {
    const twice = Buffer.concat([bytesOf(ZSTD), bytesOf(ZSTD_UNCHECKED)]);
    const native = 'createZstdDecompress' in createRequire(import.meta.url)('node:zlib');
    const result = decoded('zstd', twice);
    if (!native) {
      await expect(collect(result.output)).rejects.toMatchObject({ code: 'decoder.failed' });
      return;
    }
    expect((await collect(result.output)).toString()).toBe(TEXT + TEXT);
    expect(result.checksummed()).toBe(false);
    await expect(collect(decoded('zstd', twice.subarray(0, -1)).output)).rejects.toThrow(Damage);
  });
});
