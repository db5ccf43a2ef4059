import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileGlob, type Glob } from '../../src/core/glob.js';
import { GlobSet } from '../../src/core/glob-set.js';

const part = fc.constantFrom(
  'a',
  'b',
  'ab',
  '*',
  '**',
  '/',
  '**/',
  '/**/',
  'a*',
  '*.tar',
  '\\*',
  '\u{1F600}',
);
const glob = fc
  .array(part, { minLength: 1, maxLength: 6 })
  .map((parts) => compileGlob(parts.join('')))
  .filter((compiled): compiled is Glob => !('problem' in compiled));
const key = fc
  .array(fc.constantFrom('a', 'b', '/', '.tar', '*', '\u{1F600}'), { maxLength: 8 })
  .map((parts) => parts.join(''));

it('a set of globs matches what each of them matches, in whatever order the keys come', () => {
  fc.assert(
    fc.property(fc.array(glob, { maxLength: 12 }), fc.array(key, { maxLength: 20 }), (globs, keys) => {
      const set = new GlobSet(globs);
      for (const one of keys) {
        const expected = globs.flatMap((each, place) => (each.matches(one) ? [place] : []));
        expect([...set.matching(one)].sort((a, b) => a - b)).toEqual(expected);
      }
    }),
    { numRuns: 2000 },
  );
});

it('is still correct after it had to evict what it built', () => {
  const texts = Array.from({ length: 300 }, (_, i) => `*${i}*${(i * 7) % 300}*.tar`);
  const globs = texts.map((text) => compileGlob(text) as Glob);
  const set = new GlobSet(globs);
  for (let i = 0; i < 3000; i += 1) {
    const one = `k${(i * 7919) % 100_003}-${(i * 104_729) % 100_019}.tar`;
    const expected = globs.flatMap((each, place) => (each.matches(one) ? [place] : []));
    expect([...set.matching(one)].sort((a, b) => a - b)).toEqual(expected);
  }
});
