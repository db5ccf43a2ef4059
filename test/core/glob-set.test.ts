import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { compileGlob, type Glob } from '../../src/core/glob.js';
import { GlobSet } from '../../src/core/glob-set.js';
import { Position } from '../../src/core/glob-trie.js';
import { caseCount } from '../support/property-runs.js';

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
    { numRuns: caseCount(2000) },
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

/** Calls into the automaton's positions: the work that grows with the globs a key can still match. */
function workOf(globs: readonly string[], keys: readonly string[]): { calls: number; matched: number } {
  const enter = vi.spyOn(Position.prototype, 'enter');
  const step = vi.spyOn(Position.prototype, 'step');
  const set = new GlobSet(globs.map((text) => compileGlob(text) as Glob));
  const matched = keys.filter((one) => set.matches(one)).length;
  const calls = enter.mock.calls.length + step.mock.calls.length;
  enter.mockRestore();
  step.mockRestore();
  return { calls, matched };
}

const numbered = (count: number, name: (n: string) => string): string[] =>
  Array.from({ length: count }, (_, i) => name(String(i).padStart(6, '0')));

describe.each<[string, (n: string) => string]>([
  ['with a beginning', (n) => `backups/data-${n}*.tar.gz`],
  ['of everything below', (n) => `backups/data-${n}**`],
  ['of a name anywhere', (n) => `**/data-${n}.tar.gz`],
  ['of a part of the name', (n) => `*/*-${n}*`],
])('globs %s', (_, name) => {
  const keys = numbered(5000, (n) => `backups/data-${n}.tar.gz`);

  it('cost the same per key, however many others there are', () => {
    const few = workOf(
      numbered(100, (n) => name(`9${n}`)),
      keys,
    );
    const many = workOf(
      numbered(10_000, (n) => name(`9${n}`)),
      keys,
    );
    expect(many.matched).toBe(0);
    expect(many.calls).toBeLessThanOrEqual(few.calls);
  });

  it('cost a few steps each when each is used once', () => {
    const globs = numbered(5000, name);
    const used = workOf(globs, keys);
    expect(used.matched).toBe(keys.length);
    expect(used.calls).toBeLessThan(20 * globs.length);
  });
});
