import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Damage } from '../../../src/archive/damage.js';
import { INPUT_MARGIN_BYTES, Inflater } from '../../../src/archive/deflate/inflater.js';
import { caseCount } from '../../support/property-runs.js';
import { Collector, noise, wordy } from '../support/bytes.js';

/** Inflates `deflated`, its input growing by `width` at a time. */
function inflate(
  deflated: Uint8Array,
  width = deflated.length + 1,
): { output: Buffer; used: number; blocks: number } {
  const collector = new Collector();
  let blocks = 1;
  const inflater = new Inflater({
    output: collector.add,
    boundary: () => {
      blocks += 1;
    },
  });
  const input = new Uint8Array(deflated.length + INPUT_MARGIN_BYTES).fill(0xa5);
  input.set(deflated);
  let at = 0;
  for (let end = width; !inflater.done; end += width) {
    const last = end >= deflated.length;
    at = inflater.run(input, at, Math.min(end, deflated.length), last);
    if (last) break;
  }
  if (!inflater.done) throw new Damage('truncated', 'not done');
  return { output: collector.bytes(), used: at, blocks };
}

const strategies = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FILTERED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FIXED,
];
const content = fc.record({
  kind: fc.constantFrom('wordy', 'noise', 'run'),
  size: fc.oneof(fc.nat(2000), fc.nat(400_000)),
  seed: fc.nat(),
});

function contentOf({ kind, size, seed }: { kind: string; size: number; seed: number }): Buffer {
  if (kind === 'run') return Buffer.alloc(size, seed & 0xff);
  return kind === 'wordy' ? wordy(size, seed) : noise(size, seed);
}

const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.constantFrom(...strategies),
});

describe('the inflater', () => {
  it.each([1, 2, 5, 100])(
    'is done with an empty stored block that is all there is, in pieces of %i',
    (width) => {
      const { output, used } = inflate(Buffer.from('010000ffff', 'hex'), width);
      expect([output.length, used]).toEqual([0, 5]);
    },
  );

  it('returns what was deflated, whatever the method and the chunks', () => {
    fc.assert(
      fc.property(content, options, fc.integer({ min: 1, max: 100_000 }), (what, how, width) => {
        const bytes = contentOf(what);
        const deflated = deflateRawSync(bytes, how);
        const { output, used } = inflate(deflated, width);
        expect(output.equals(bytes)).toBe(true);
        expect(used).toBe(deflated.length);
      }),
      { numRuns: caseCount(150) },
    );
  });

  it('judges damaged streams as zlib does', () => {
    const deflated = deflateRawSync(wordy(3000, 1), { level: 6 });
    fc.assert(
      fc.property(fc.nat(deflated.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const damaged = Buffer.from(deflated);
        damaged[at] = (damaged[at] ?? 0) ^ mask;
        expect(outcome(() => inflate(damaged).output)).toEqual(outcome(() => inflateRawSync(damaged)));
      }),
      { numRuns: caseCount(400) },
    );
  });

  it('judges arbitrary bytes as zlib does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        expect(outcome(() => inflate(bytes).output)).toEqual(outcome(() => inflateRawSync(bytes)));
      }),
      { numRuns: caseCount(400) },
    );
  });

  it('refuses every truncation', () => {
    const deflated = deflateRawSync(wordy(5000, 2), { level: 9 });
    for (let cut = 0; cut < deflated.length; cut += 1)
      expect(() => inflate(deflated.subarray(0, cut))).toThrow(Damage);
  });

  it('counts every block', () => {
    const bytes = wordy(300_000, 3);
    expect(inflate(deflateRawSync(bytes, { level: 6, memLevel: 1 })).blocks).toBeGreaterThan(100);
    expect(inflate(deflateRawSync(bytes, { level: 0 })).blocks).toBeGreaterThan(4);
  });
});

/** What a decoder made of it: the output, or that it refused. */
function outcome(work: () => Uint8Array): string {
  try {
    return Buffer.from(work()).toString('hex');
  } catch (error) {
    if (error instanceof Damage || (error as NodeJS.ErrnoException).code?.startsWith('Z_')) return 'refused';
    throw error;
  }
}
