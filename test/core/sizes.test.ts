import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSize, parseRate, parseSize } from '../../src/core/sizes.js';

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['123', 123],
    ['50MB', 50e6],
    ['4MiB', 4 * 1024 ** 2],
    ['4m', 4 * 1024 ** 2],
    ['1.5 kB', 1500],
    ['2 TB', 2e12],
  ])('%s is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', 'MB', '-1', '1XB', '1e9', '99999TB ', '0x10', '1 2'])('%j is refused', (text) => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'usage.size', exitCode: 2 }));
  });

  it('a rate may be written with or without /s', () => {
    expect([parseRate('50MB/s'), parseRate('50MB'), parseRate('50MB/sec')]).toEqual([50e6, 50e6, 50e6]);
  });
});

describe('formatSize', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [5e15, '5.00 PB'],
  ])('%i is %s', (bytes, text) => expect(formatSize(bytes)).toBe(text));

  it('reads back as the same size within its three digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        const text = formatSize(bytes).replace('PB', '000TB');
        if (!text.includes('000TB'))
          expect(Math.abs(parseSize(text) - bytes)).toBeLessThanOrEqual(bytes * 0.006);
      }),
    );
  });
});
