import { describe, expect, it } from 'vitest';
import { candidatesFor } from '../../src/files/candidate.js';

const roots = [{ path: '/data' }, { path: '/data/figures', types: ['figure'], strip: 'figures/' }];

function places(path: string, type: string | null = 'dataset'): string[] | string {
  const found = candidatesFor(roots, { type, path });
  return found.kind === 'refused'
    ? found.reason
    : found.places.map(({ root, relative }) => `${root}:${relative}`);
}

describe('where a row is looked for', () => {
  it.each([
    ['a/b.csv', ['0:a/b.csv']],
    ['a/../b.csv', ['0:a/../b.csv']],
    ['/data/a.csv', ['0:a.csv']],
    ['/data2/a.csv', 'the absolute path is not below any root'],
    ['/etc/passwd', 'the absolute path is not below any root'],
    ['../data/a.csv', '".." leads above the root'],
    ['a/../../data/a.csv', '".." leads above the root'],
    ['/data/../etc/passwd', 'the absolute path is not below any root'],
    ['a\0b', 'the path contains a NUL character'],
    ['x'.repeat(20_000), 'the path is too long'],
  ])('%j', (path, expected) => {
    expect(places(path)).toEqual(expected);
  });

  it('strips the prefix only for the root that is configured so, and searches only roots of the type', () => {
    expect(places('figures/f.png', 'figure')).toEqual(['0:figures/f.png', '1:f.png']);
    expect(places('f.png', 'figure')).toEqual(['0:f.png', '1:f.png']);
    expect(candidatesFor([{ path: '/f', types: ['figure'] }], { type: null, path: 'a' })).toEqual({
      kind: 'refused',
      reason: 'no root is configured for this artifact type',
    });
  });
});
