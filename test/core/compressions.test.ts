import { describe, expect, it } from 'vitest';
import { sniffCompression } from '../../src/archive/compression.js';
import { archiveFormat, hasArchiveExtensionInside } from '../../src/core/archive-name.js';
import { COMPRESSIONS, type CompressionName } from '../../src/core/compressions.js';
import { storeKindOf } from '../../src/core/store-url.js';

/** The first bytes of each: a compression without them does not compile here. */
const HEADS: Record<CompressionName, number[]> = {
  none: [0x61, 0, 0, 0, 0, 0],
  gzip: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
  zstd: [0x28, 0xb5, 0x2f, 0xfd, 0, 0],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
  bzip2: [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41],
};

describe.each(Object.entries(COMPRESSIONS))('%s', (name, { suffixes }) => {
  it('is recognized by each of its suffixes, in any case', () => {
    for (const suffix of suffixes) {
      expect(archiveFormat(`a${suffix}`)).toBe(suffixes[0].slice(1));
      expect(archiveFormat(`a${suffix.toUpperCase()}`)).toBe(suffixes[0].slice(1));
      expect(hasArchiveExtensionInside(`a${suffix}.gpg`)).toBe(true);
    }
  });

  it('is recognized by its first bytes', () => {
    expect(sniffCompression(Uint8Array.from(HEADS[name as CompressionName]))).toBe(name);
  });
});

describe('the kind of a store', () => {
  it.each([
    ['s3://bucket/', 's3'],
    ['file:///dir/', 'file'],
  ])('%s is %s', (url, kind) => {
    expect(storeKindOf(url)).toBe(kind);
  });

  it('of any other URL is not guessed', () => {
    expect(() => storeKindOf('gs://bucket/')).toThrow('not a store URL');
  });
});
