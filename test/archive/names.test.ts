import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName, encodeName, normaliseName } from '../../src/archive/names.js';
import { caseCount } from '../support/property-runs.js';

describe('member names', () => {
  it('keep any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect([...encodeName(decodeName(bytes))]).toEqual([...bytes]);
      }),
      { numRuns: caseCount(500) },
    );
  });

  it('are ordinary strings where the bytes are UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeName(Buffer.from(text))).toBe(text);
      }),
    );
  });

  it('distinguish names that a replacement character would make equal', () => {
    expect(decodeName(Uint8Array.of(0xff))).not.toBe(decodeName(Uint8Array.of(0xfe)));
    expect(decodeName(Buffer.from('\ufffd'))).toBe('\ufffd');
    expect(decodeName(Uint8Array.of(0xed, 0xb2, 0x80))).toBe('\udced\udcb2\udc80');
  });

  it('match without leading ./ and trailing slashes', () => {
    expect(['./a/b', '././a/b', './/a/b', 'a/b/', 'a/b//'].map(normaliseName)).toEqual(Array(5).fill('a/b'));
    expect(['../a', '.a', '/a', ''].map(normaliseName)).toEqual(['../a', '.a', '/a', '']);
  });
});
