import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ArchivePoint,
  isResumable,
  packPoint,
  type ResumableCompression,
  unpackPoint,
} from '../../src/archive/archive-point.js';
import { SNIFF_BYTES, sniffCompression } from '../../src/archive/compression.js';
import { Damage } from '../../src/archive/damage.js';
import { encodeName } from '../../src/archive/names.js';
import { readArchiveOnce } from '../../src/archive/read-archive.js';
import { ResumableArchive } from '../../src/archive/resumable.js';
import { SiblingDraft } from '../../src/jobs/indexing/siblings/sibling-draft.js';
import { decode } from '../support/decoders.js';
import { caseCount } from '../support/property-runs.js';
import { asyncPieces, noise, wordy } from './support/bytes.js';
import { makeTree, type TestTree, tarOf } from './support/gnu-tar.js';
import { type PackEntry, packTar } from './support/pack.js';
import { craftHeader } from './support/peers.js';

let directory: string;
let tree: TestTree;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-resumable-'));
  tree = makeTree();
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  tree.remove();
});

interface Found {
  damage?: string;
  members?: number;
  notes?: unknown;
  listing?: string;
}

/** What a read in one run finds: the listing and the notes that `listings build` and `listings check` make. */
async function whole(bytes: Uint8Array): Promise<Found> {
  const draft = new SiblingDraft({ directory, spanBytes: 0, index: false });
  try {
    const pass = await readArchiveOnce(asyncPieces(bytes), draft, { decode });
    const facts = draft.finish(pass, { archive: '', etag: undefined, etagOf: undefined, writer: '' });
    const listing = readFileSync(facts.listingPath, 'latin1');
    return { members: facts.members, notes: facts.notes, listing };
  } catch (error) {
    if (error instanceof Damage) return { damage: `${error.kind}: ${error.message}` };
    throw error;
  } finally {
    draft.discard();
  }
}

/** The same over several runs, each of which reads the next of `steps` bytes and keeps nothing but the saved text. */
function inParts(bytes: Uint8Array, steps: readonly number[]): Found & { read: number } {
  const kind = sniffCompression(bytes.subarray(0, SNIFF_BYTES));
  if (!isResumable(kind)) throw new Error(kind);
  let saved: string | undefined;
  let listing = '';
  let read = 0;
  const begin = (): ArchivePoint | ResumableCompression => (saved === undefined ? kind : mustUnpack(saved));
  for (let run = 0; ; run += 1) {
    const from = begin();
    const start = typeof from === 'string' ? 0 : from.compressedAt;
    // A run that gets no further is followed by one that reads all: no cut may keep the archive from its end.
    const step = run < 200 ? (steps[run % steps.length] ?? bytes.length) : bytes.length;
    const end = Math.min(bytes.length, start + step);
    read += end - start;
    let lines: string[] = [];
    const archive = new ResumableArchive(
      from,
      {
        line: (text) => lines.push(`${text}\n`),
        point: (point) => {
          saved = packPoint(point);
          listing += Buffer.concat(lines.map(encodeName)).toString('latin1');
          lines = [];
        },
      },
      1,
    );
    try {
      archive.push(bytes.subarray(start, end));
      archive.mark();
      if (end < bytes.length) continue;
      const { members, notes } = archive.finish();
      listing += Buffer.concat(lines.map(encodeName)).toString('latin1');
      return { members, notes, listing, read };
    } catch (error) {
      if (error instanceof Damage) return { damage: `${error.kind}: ${error.message}`, read };
      throw error;
    }
  }
}

function mustUnpack(text: string): ArchivePoint {
  const point = unpackPoint(text);
  if (point === undefined) throw new Error('not a point');
  return point;
}

/** Like pigz: one member of blocks that were compressed apart, each aligned to a byte by an empty one. */
function pigzLike(bytes: Buffer, blockBytes: number): Buffer {
  const blocks: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const dictionary = bytes.subarray(Math.max(0, at - 32_768), at);
    blocks.push(
      deflateRawSync(bytes.subarray(at, at + blockBytes), {
        finishFlush: constants.Z_SYNC_FLUSH,
        ...(dictionary.length > 0 ? { dictionary } : {}),
      }),
    );
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes));
  trailer.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([...blocks, deflateRawSync(Buffer.alloc(0)), trailer]);
}

/** One gzip member per piece, like `cat a.gz b.gz`. */
function members(bytes: Buffer, pieceBytes: number): Buffer {
  const made: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    made.push(gzipSync(bytes.subarray(at, at + pieceBytes), { memLevel: 1 }));
  return Buffer.concat(made);
}

/** A global PAX header that gives all members after it another owner. */
function globalHeader(uname: string): Buffer {
  const text = ` uname=${uname}\n`;
  const record = Buffer.from(`${text.length + 2}${text}`);
  const header = craftHeader({ name: 'pax_global_header', type: 'g', size: record.length });
  return Buffer.concat([header, record, Buffer.alloc(512 - record.length)]);
}

const NAME = fc.oneof(
  fc.constantFrom('a', 'd/b', 'ümläut', 'tab\tnew\nline', 'n'.repeat(180)),
  fc.stringMatching(/^[a-z]{1,12}$/),
);
const ENTRY: fc.Arbitrary<PackEntry> = fc.oneof(
  fc
    .record({ name: NAME, size: fc.integer({ min: 0, max: 3000 }), seed: fc.nat(1000) })
    .map(({ name, size, seed }) => ({
      name,
      content: seed % 2 === 0 ? wordy(size, seed) : noise(size, seed),
    })),
  NAME.map((name) => ({ name: `${name}/`, type: 'directory' as const })),
  NAME.map((name) => ({ name, type: 'symlink' as const, linkname: 'l'.repeat(120) })),
);

/** Tars one after the other, with what may be between and after them. */
const TAR: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.array(ENTRY, { maxLength: 12 }).map((entries) => ({ entries })) },
      { weight: 1, arbitrary: fc.constantFrom('owner', 'x'.repeat(30)).map((uname) => ({ uname })) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('zeros', 'other', 'bad header' as const).map((what) => ({ what })),
      },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map(async (parts) => {
    const made: Buffer[] = [];
    for (const part of parts) {
      if ('entries' in part) made.push(await packTar(part.entries));
      else if ('uname' in part) made.push(globalHeader(part.uname));
      else if (part.what === 'zeros') made.push(Buffer.alloc(512));
      else made.push(part.what === 'other' ? noise(700, 3) : Buffer.alloc(512, 'bad header'));
    }
    return Buffer.concat(made);
  }) as unknown as fc.Arbitrary<Buffer>;

const STEPS = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 20 });
const WRAP = fc.constantFrom('none', 'gzip', 'pigz', 'members' as const);

function wrapped(tar: Buffer, wrap: string, blockBytes: number): Buffer {
  if (wrap === 'none') return tar;
  if (wrap === 'gzip') return gzipSync(tar, { memLevel: 1 });
  return wrap === 'pigz' ? pigzLike(tar, blockBytes) : members(tar, blockBytes);
}

describe('an archive read in parts', () => {
  it('gives what one read gives: the same listing, notes and damage, however it is cut', async () => {
    const ends = fc.oneof(
      fc.constant({ cut: 0, append: Buffer.alloc(0) }),
      fc.record({ cut: fc.integer({ min: 1, max: 3000 }), append: fc.constant(Buffer.alloc(0)) }),
      fc.record({
        cut: fc.constant(0),
        append: fc.constantFrom(
          Buffer.alloc(900),
          Buffer.from('trailing'),
          Buffer.from([0, 0, 7]),
          Buffer.from([0x1f]),
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        TAR,
        WRAP,
        fc.integer({ min: 200, max: 5000 }),
        STEPS,
        ends,
        async (made, wrap, block, steps, { cut, append }) => {
          const full = wrapped(await made, wrap, block);
          const bytes = Buffer.concat([full.subarray(0, Math.max(1, full.length - cut)), append]);
          const { read, ...found } = inParts(bytes, steps);
          expect(found).toEqual(await whole(bytes));
        },
      ),
      { numRuns: caseCount(100) },
    );
  }, 120_000);

  it('finds every bit that flips in a compressed archive', async () => {
    const tar = await packTar(
      Array.from({ length: 20 }, (_, i) => ({ name: `f${i}`, content: wordy(2000, i) })),
    );
    const bytes = gzipSync(tar, { memLevel: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 10, max: bytes.length - 1 }),
        fc.nat(7),
        fc.tuple(fc.integer({ min: 2000, max: bytes.length })),
        async (at, bit, steps) => {
          const broken = Buffer.from(bytes);
          broken[at] = (broken[at] ?? 0) ^ (1 << bit);
          const { damage } = inParts(broken, steps);
          expect(damage?.split(':')[0]).toBe((await whole(broken)).damage?.split(':')[0]);
        },
      ),
      { numRuns: caseCount(30) },
    );
  }, 60_000);

  it.each(['gnu', 'posix', 'ustar', 'v7', 'oldgnu'])(
    'reads what GNU tar writes as %s, with sparse files',
    async (format) => {
      const tar = tarOf(
        tree,
        `--format=${format}`,
        ...(format.startsWith('v') || format.startsWith('u') ? [] : ['-S']),
      );
      for (const bytes of [tar, gzipSync(tar, { memLevel: 1 })])
        for (const step of [100, 513, 7777]) {
          const { read, ...found } = inParts(bytes, [step]);
          expect(found).toEqual(await whole(bytes));
        }
    },
  );

  it.each<[string, () => Promise<Buffer>, string]>([
    [
      'long other data after a .tar.gz',
      async () => Buffer.concat([gzipSync(await packTar([{ name: 'a' }])), noise(5000, 1), Buffer.alloc(9)]),
      '5,009 bytes of other data follow the compressed data, at byte',
    ],
    [
      'zeros and other data after a .tar.gz',
      async () => Buffer.concat([gzipSync(await packTar([{ name: 'a' }])), Buffer.alloc(4000), noise(99, 1)]),
      '99 bytes of other data follow the compressed data, at byte',
    ],
    [
      'a volume that ends inside a member',
      async () => Buffer.concat([craftHeader({ name: 'f', type: 'M', size: 5000 }), noise(3000, 1)]),
      'it is one volume of a multi-volume archive',
    ],
    [
      'zeros and other data inside what a bad header has lost',
      async () =>
        Buffer.concat([
          Buffer.alloc(512, 'x'),
          Buffer.alloc(512),
          noise(512, 1),
          await packTar([{ name: 'a' }]),
        ]),
      'the checksum of the tar header at byte 0 does not match',
    ],
  ])('says the same of %s', async (_, make, text) => {
    const bytes = await make();
    for (const step of [100, 700, 2000]) {
      const { read, ...found } = inParts(bytes, [step]);
      expect(found).toEqual(await whole(bytes));
      expect(JSON.stringify(found)).toContain(text);
    }
  });

  it('reads a tar no byte twice, and a compressed one hardly more than once', async () => {
    const tar = await packTar(
      Array.from({ length: 60 }, (_, i) => ({ name: `f${i}`, content: wordy(20_000, i) })),
    );
    const plain = inParts(tar, [100_000]);
    expect(plain.read).toBe(tar.length);
    const gz = gzipSync(tar);
    const runs = 10;
    const { read } = inParts(gz, [Math.ceil(gz.length / runs)]);
    // A block of deflate, at level 6, and what the scanner holds back.
    expect(read).toBeLessThan(gz.length + (runs + 2) * 60_000);
  });
});
