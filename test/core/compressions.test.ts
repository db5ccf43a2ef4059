import { describe, expect, it } from 'vitest';
import { sniffCompression } from '../../src/archive/compression.js';
import { archiveFormat, hasArchiveExtensionInside } from '../../src/core/archive-name.js';
import { COMPRESSIONS, type CompressionName } from '../../src/core/compressions.js';
import { foreignForm } from '../../src/sources/archives/listing-form.js';

/** The first bytes of each: a compression without them does not compile here. */
const HEADS: Record<CompressionName, number[]> = {
  none: [0x61, 0, 0, 0, 0, 0],
  gzip: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
  zstd: [0x28, 0xb5, 0x2f, 0xfd, 0, 0],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
  bzip2: [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41],
};

describe.each(Object.entries(COMPRESSIONS))('%s', (name, { suffixes }) => {
  const head = Uint8Array.from(HEADS[name as CompressionName]);

  it('is recognized by each of its suffixes, in any case', () => {
    for (const suffix of suffixes) {
      expect(archiveFormat(`a${suffix}`)).toBe(suffixes[0].slice(1));
      expect(archiveFormat(`a${suffix.toUpperCase()}`)).toBe(suffixes[0].slice(1));
      expect(hasArchiveExtensionInside(`a${suffix}.gpg`)).toBe(true);
    }
  });

  it('is recognized by its first bytes', () => {
    expect(sniffCompression(head)).toBe(name);
  });

  it('is named for a listing that is a file of it', () => {
    if (name !== 'none') expect(foreignForm(head)).toBe(`it is compressed with ${name}`);
    else expect(foreignForm(Buffer.from('datasets/liver.csv\n'))).toBeUndefined();
  });
});
