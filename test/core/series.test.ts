import { describe, expect, it } from 'vitest';
import { seriesName } from '../../src/core/series.js';

describe('seriesName', () => {
  it('replaces every run of digits after the partition', () => {
    expect(seriesName('b/host1/2026/db-2026-05-18.tar.gz', 'b/host1/')).toBe('#/db-#-#-#.tar.gz');
  });

  it.each([
    [/(?<series>db|logs)-/u, 'db'],
    [/\/([a-z]+)-[0-9]/u, 'db'],
    [/db-2026/u, 'db-2026'],
    [/nothing/u, 'db-#-#-#.tar.gz'],
  ])('goes by %s: %s', (pattern, expected) => {
    expect(seriesName('b/host1/db-2026-05-18.tar.gz', 'b/host1/', pattern)).toBe(expected);
  });
});
