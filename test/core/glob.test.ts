import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, type Glob } from '../../src/core/glob.js';
import { caseCount } from '../support/property-runs.js';

function glob(text: string): Glob {
  const compiled = compileGlob(text);
  if ('problem' in compiled) throw new Error(compiled.problem);
  return compiled;
}

/** The same language as a regular expression; slow on hostile input, and plain to read. */
function reference(text: string): RegExp {
  const source = text
    .replace(/[.+?^${}()|\\]/g, '\\$&')
    .replace(/(?<=^|\/)\*\*\//g, '<segments>')
    .replaceAll('**', '<across>')
    .replaceAll('*', '[^/]*')
    .replaceAll('<across>', '.*')
    .replaceAll('<segments>', '(?:[^/]*/)*');
  return new RegExp(`^${source}$`, 's');
}

describe('compileGlob', () => {
  it.each([
    ['a/b.tar', 'a/b.tar', true],
    ['a/*.tar', 'a/b.tar', true],
    ['a/*.tar', 'a/b/c.tar', false],
    ['a/*.tar', 'a/.tar', true],
    ['a/**', 'a/b/c.tar', true],
    ['a/**', 'a/', true],
    ['a/**', 'ab', false],
    ['a/**/c.tar', 'a/c.tar', true],
    ['a/**/c.tar', 'a/b/b/c.tar', true],
    ['a/**/c.tar', 'a/xc.tar', false],
    ['**/c.tar', 'c.tar', true],
    ['**.tar', 'a/b.tar', true],
    ['a\\*.tar', 'a*.tar', true],
    ['a\\*.tar', 'ab.tar', false],
    ['a?.tar', 'ab.tar', false],
    ['a\\[1\\].tar', 'a[1].tar', true],
    ['*a*', 'banana', true],
    ['ab*ba', 'aba', false],
  ])('%s on %s: %s', (text, key, expected) => {
    expect(glob(text).matches(key)).toBe(expected);
  });

  it.each(['', 'a***b', 'a\\', 'a[12].tar', 'a{b,c}.tar', 'x'.repeat(2049)])('refuses %s', (text) => {
    expect(compileGlob(text)).toHaveProperty('problem');
  });

  it('matches what the same regular expression matches', () => {
    const texts = fc
      .array(fc.constantFrom('a', 'b', '/', '*', '**', '.', '**/'), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join(''))
      .filter((text) => !text.includes('***'));
    const keys = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 10 });
    fc.assert(
      fc.property(texts, keys, (text, key) => {
        expect(glob(text).matches(key)).toBe(reference(text).test(key));
      }),
      { numRuns: caseCount(5000) },
    );
  });

  it('responds immediately where a backtracking matcher would not finish', () => {
    expect(glob(`${'*a'.repeat(100)}b`).matches('a'.repeat(1000))).toBe(false);
    expect(glob(`${'**a'.repeat(100)}b`).matches('a'.repeat(1000))).toBe(false);
  });
});
