import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Damage } from '../../src/archive/damage.js';
import type { DecodedCompression } from '../../src/core/compressions.js';
import { Failure } from '../../src/core/failure.js';
import { decoderEnvironment, problemOf } from '../../src/decompress/program.js';
import { asyncPieces, collect } from '../archive/support/bytes.js';
import { decode } from '../support/decoders.js';

const PROGRAM = { name: 'xz', maxMemoryBytes: 1 << 27 };
const ended = (code: number | null, said: string, signal: string | null = null) =>
  problemOf(PROGRAM, { code, signal, said });

describe('a decoder that failed', () => {
  it.each([
    [null, '', 'SIGKILL', 'decoder.failed'],
    [null, 'spawn xz EACCES', null, 'decoder.failed'],
    [127, 'xz: error while loading shared libraries: liblzma.so.5', null, 'decoder.failed'],
    [1, 'xz: (stdin): Unsupported options', null, 'decoder.failed'],
    [
      2,
      'xz: (stdin): Unsupported type of integrity check; not verifying file integrity',
      null,
      'decoder.failed',
    ],
    [1, '/*stdin*\\ : Decoding error (36) : Dictionary mismatch', null, 'decoder.failed'],
    [1, 'xz: (stdin): Cannot allocate memory', null, 'decoder.failed'],
    [1, 'xz: (stdin): Memory usage limit reached', null, 'decoder.memory'],
  ])('%s %s %s is the fault of the host: %s', (code, said, signal, expected) => {
    const problem = ended(code, said, signal);
    expect(problem).toBeInstanceOf(Failure);
    expect(problem).toMatchObject({ code: expected, exitCode: 3, hint: expect.stringMatching(/./) });
  });

  it.each([
    [1, 'xz: (stdin): Unexpected end of input', 'truncated'],
    [2, 'bzip2: Compressed file ends unexpectedly;\n\tperhaps it is corrupted?', 'truncated'],
    [1, 'xz: (stdin): Compressed data is corrupt', 'corrupt'],
    [2, '', 'corrupt'],
  ])('%s %s is the fault of the archive: %s', (code, said, kind) => {
    const problem = ended(code, said);
    expect(problem).toBeInstanceOf(Damage);
    expect(problem).toMatchObject({ kind });
    expect(problem?.message).not.toMatch(/: $/);
  });

  it('gets no options from the environment', () => {
    const env = decoderEnvironment({
      PATH: '/bin',
      XZ_OPT: '-9',
      XZ_DEFAULTS: '-M 1',
      BZIP2: '--wrong',
      ZSTD_CLEVEL: '3',
    });
    expect(env).toEqual({ PATH: '/bin', LC_ALL: 'C' });
  });
});

describe('a program that is killed while it decodes', () => {
  let directory: string;
  let path: string | undefined;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'salvor-bin-'));
    path = process.env.PATH;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(directory, { recursive: true, force: true });
  });

  /** How a file of each compression begins: one that is decoded does not compile without. */
  const BEGINNINGS: Record<DecodedCompression, string> = {
    xz: 'fd377a585a000004e6d6b446',
    zstd: '28b52ffd2000010000',
    bzip2: '425a6839',
  };

  it.each(Object.entries(BEGINNINGS))('%s: decoder.failed', async (name, first) => {
    writeFileSync(join(directory, name), '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 });
    process.env.PATH = `${directory}:${path}`;
    const result = decode(name as DecodedCompression, asyncPieces(Buffer.from(first, 'hex')), 1000);
    await expect(collect(result.output)).rejects.toMatchObject({ code: 'decoder.failed' });
  });
});

describe('memory', () => {
  it('of an xz dictionary is limited before anything is decoded', async () => {
    // One block, LZMA2 with a dictionary of 1.5 GiB (37).
    const xz = Buffer.from('fd377a585a000004e6d6b4460200210125000000', 'hex');
    const { crc32 } = await import('node:zlib');
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(crc32(xz.subarray(12)));
    const file = Buffer.concat([xz, checksum]);
    await expect(collect(decode('xz', asyncPieces(file), 1000).output)).rejects.toMatchObject({
      code: 'decoder.memory',
    });
  });
});
