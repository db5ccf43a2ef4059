import { crc32, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Damage } from '../../../src/archive/damage.js';
import { inflateFrom } from '../../../src/archive/gzip/ranged.js';
import { type GzipPosition, GzipScanner } from '../../../src/archive/gzip/scanner.js';
import { caseCount } from '../../support/property-runs.js';
import { asyncPieces, Collector, collect, noise, pieces, wordy } from '../support/bytes.js';

interface Scan {
  output: Buffer;
  compressed: Buffer;
  /** With how many bytes of the file had been passed on by then. */
  boundaries: { position: GzipPosition; window: Uint8Array; told: number }[];
  verified: number[];
  trailing: { at: number; bytes: number } | undefined;
}

function scan(file: Uint8Array, width = file.length + 1): Scan {
  const output = new Collector();
  const compressed = new Collector();
  const boundaries: Scan['boundaries'] = [];
  const verified: number[] = [];
  let told = 0;
  const scanner: GzipScanner = new GzipScanner({
    output: output.add,
    compressed: (bytes) => {
      compressed.add(bytes);
      told += bytes.length;
    },
    boundary: (position) => {
      const window = position.memberStart ? new Uint8Array(0) : scanner.window();
      boundaries.push({ position, window, told });
    },
    verified: (at) => verified.push(at),
  });
  for (const piece of pieces(file, width)) scanner.push(piece);
  scanner.finish();
  return {
    output: output.bytes(),
    compressed: compressed.bytes(),
    boundaries,
    verified,
    trailing: scanner.trailing,
  };
}

/** A member with every optional part of the header. */
function fullHeader(content: Buffer): Buffer {
  const extra = Buffer.from([4, 0, 1, 2, 3, 4]);
  const head = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3]),
    extra,
    Buffer.from('name.tar\0a comment\0'),
  ]);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content));
  trailer.writeUInt32LE(content.length, 4);
  const headCrc = Buffer.alloc(2);
  headCrc.writeUInt16LE(crc32(head) & 0xffff);
  return Buffer.concat([head, headCrc, deflateRawSync(content), trailer]);
}

const members = fc.array(
  fc.record({
    kind: fc.constantFrom('wordy', 'noise'),
    size: fc.oneof(fc.nat(5000), fc.nat(300_000)),
    seed: fc.nat(),
    level: fc.integer({ min: 0, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    full: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);

describe('the gzip scanner', () => {
  it('decodes files of several members, in pieces of any width, and passes every byte on once', () => {
    fc.assert(
      fc.property(
        members,
        fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 700_000 })),
        (list, width) => {
          const contents = list.map(({ kind, size, seed }) =>
            kind === 'wordy' ? wordy(size, seed) : noise(size, seed),
          );
          const file = Buffer.concat(
            list.map(({ level, memLevel, full }, i) => {
              const content = contents[i] ?? Buffer.alloc(0);
              return full ? fullHeader(content) : gzipSync(content, { level, memLevel });
            }),
          );
          const result = scan(file, width);
          expect(result.output.equals(Buffer.concat(contents))).toBe(true);
          expect(result.compressed.equals(file)).toBe(true);
          for (const { position, told } of result.boundaries) expect(told).toBe(position.compressedAt);
          expect(result.verified.at(-1)).toBe(result.output.length);
          expect(result.verified.length).toBe(list.length);
        },
      ),
      { numRuns: caseCount(60) },
    );
  });

  it('finds positions at which node:zlib can start, at all eight bit offsets', async () => {
    const content = Buffer.concat([wordy(100_000, 1), noise(20_000, 2), wordy(50_000, 3)]);
    const second = wordy(20_000, 4);
    const file = Buffer.concat([gzipSync(content, { memLevel: 1 }), fullHeader(second), gzipSync('')]);
    const whole = Buffer.concat([content, second]);
    const { boundaries } = scan(file);
    const offsets = new Set<number>();
    for (const { position, window } of boundaries) {
      const { compressedAt, bit, outputAt } = position;
      offsets.add(bit);
      const rest = await collect(inflateFrom(asyncPieces(file.subarray(compressedAt), 10_000), bit, window));
      expect(rest.equals(whole.subarray(outputAt)), `entry at ${compressedAt}:${bit}`).toBe(true);
    }
    expect([...offsets].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('accepts zeros after the last member, and says where anything else begins', () => {
    const file = gzipSync('content');
    expect(scan(Buffer.concat([file, Buffer.alloc(5000)])).output.toString()).toBe('content');
    for (const width of [1, 7, 1000]) {
      expect(scan(Buffer.concat([file, Buffer.from('x')]), width).trailing).toEqual({
        at: file.length,
        bytes: 1,
      });
      expect(scan(Buffer.concat([file, Buffer.alloc(3), file]), width).trailing).toEqual({
        at: file.length + 3,
        bytes: file.length,
      });
    }
    expect(scan(Buffer.concat([file, file])).trailing).toBeUndefined();
  });

  it('refuses every truncation within a member', () => {
    const file = Buffer.concat([gzipSync(wordy(2000, 5)), fullHeader(wordy(1000, 6))]);
    const first = gzipSync(wordy(2000, 5)).length;
    for (let cut = 0; cut < file.length; cut += 1) {
      // A single byte after a member may be anything.
      if (cut === first + 1) expect(scan(file.subarray(0, cut)).trailing).toEqual({ at: first, bytes: 1 });
      else if (cut !== first) expect(() => scan(file.subarray(0, cut)), `cut at ${cut}`).toThrow(Damage);
    }
  });

  it('gives the right content or refuses, whichever byte is flipped', () => {
    const content = wordy(4000, 7);
    const file = gzipSync(content);
    for (let at = 0; at < file.length; at += 1) {
      const flipped = Buffer.from(file);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const output = outputOrRefusal(flipped);
      if (output !== undefined) expect(output.equals(content), `byte ${at}`).toBe(true);
    }
  });

  it('judges flipped bytes as gunzip does', () => {
    const file = gzipSync(wordy(1000, 8));
    for (let at = 10; at < file.length; at += 1) {
      const flipped = Buffer.from(file);
      flipped[at] = (flipped[at] ?? 0) ^ 0x40;
      expect(outputOrRefusal(flipped) === undefined, `byte ${at}`).toBe(refusedByGunzip(flipped));
    }
  });
});

function outputOrRefusal(file: Uint8Array): Buffer | undefined {
  try {
    return scan(file).output;
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

function refusedByGunzip(file: Uint8Array): boolean {
  try {
    gunzipSync(file);
    return false;
  } catch {
    return true;
  }
}
