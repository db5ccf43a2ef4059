import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toMicroseconds } from '../../src/core/file-time.js';

describe('times of files', () => {
  it('are kept to the microsecond, rounded down, and within what the registry can hold', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }), (ns) => {
        const us = toMicroseconds(ns);
        const inside = us > -200_000_000_000_000_000n && us < 8_640_000_000_000_000_000n;
        if (inside) expect(ns - us * 1000n >= 0n && ns - us * 1000n < 1000n).toBe(true);
        expect(us >= -200_000_000_000_000_000n && us <= 8_640_000_000_000_000_000n).toBe(true);
      }),
    );
  });
});
