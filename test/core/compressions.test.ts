import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sniffCompression } from '../../src/archive/compression.js';
import { nameFormat } from '../../src/archive/other-formats.js';
import { archiveFormat, hasArchiveExtensionInside, tarNameOf } from '../../src/core/archive-name.js';
import { COMPRESSIONS, type CompressionName } from '../../src/core/compressions.js';
import { foreignForm, listsOnlyTheTar } from '../../src/sources/archives/listing-form.js';

const page = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

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
    expect(sniffCompression(head), `src/archive/compression.ts must know the first bytes of ${name}`).toBe(
      name,
    );
    const named = name === 'none' ? undefined : `compressed with ${name}`;
    expect(nameFormat(head), `src/archive/other-formats.ts must name ${name}`).toBe(named);
  });

  it('is named for a listing that is a file of it', () => {
    if (name !== 'none') expect(foreignForm(head)).toBe(`it is compressed with ${name}`);
    else expect(foreignForm(Buffer.from('datasets/liver.csv\n'))).toBeUndefined();
  });

  it('is on the pages that list the compressions', () => {
    const unnamed = suffixes.filter((suffix) => !page('configuration.md').includes(`\`${suffix}\``));
    expect(unnamed, 'docs/configuration.md, at archive_pattern').toEqual([]);
    expect(page('formats.md'), 'docs/formats.md, at compression').toContain(`\`${name}\``);
    expect(page('glossary.md'), 'docs/glossary.md, at archive').toContain(`\`${suffixes[0]}\``);
  });

  it('has a name for the tar in it, which 7z lists alone', () => {
    for (const suffix of suffixes) {
      const tar = name === 'none' ? undefined : 'a.tar';
      expect(tarNameOf(`a${suffix}`)).toBe(tar);
      expect(listsOnlyTheTar(Buffer.from(`Type = ${name}\n....A 10 5 a.tar\n`), `h/a${suffix}`)).toBe(
        tar !== undefined,
      );
    }
  });
});
