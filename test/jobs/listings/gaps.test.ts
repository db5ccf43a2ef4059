import { describe, expect, it } from 'vitest';
import { gapsHold, gapsTouch } from '../../../src/jobs/listings/scan/gaps.js';

const gaps = [
  { after: 'b/h2/k', upTo: 'b/h2/\u{10FFFF}' },
  { after: 'b/h5/x', upTo: undefined },
];

describe('gaps', () => {
  it('touch a partition with a key in them', () => {
    expect(['b/h1/', 'b/h2/', 'b/h3/', 'b/h5/', 'b/h6/', 'b/'].filter((p) => gapsTouch(gaps, p))).toEqual([
      'b/h2/',
      'b/h5/',
      'b/h6/',
      'b/',
    ]);
  });

  it('hold the keys behind their start, up to their end', () => {
    const keys = ['b/h2/k', 'b/h2/l', 'b/h2/\u{10FFFF}', 'b/h3/a', 'b/h5/y', 'z'];
    expect(keys.filter((key) => gapsHold(gaps, key))).toEqual(['b/h2/l', 'b/h2/\u{10FFFF}', 'b/h5/y', 'z']);
  });

  it('without a start begin with the first key', () => {
    expect(gapsHold([{ after: undefined, upTo: 'b' }], 'a')).toBe(true);
    expect(gapsTouch([{ after: undefined, upTo: 'b' }], 'c/')).toBe(false);
  });
});
