import { Script } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { OperatorPattern } from '../../src/core/operator-pattern.js';
import { isQuickPattern } from '../../src/core/quick-pattern.js';
import { caseCount } from '../support/property-runs.js';

const EVIL = [
  '(?<y>(a+)+)-(?<m>x)(?<d>y)',
  'a(a+)+$',
  '^(a|a)*$',
  '^(a|a?)+$',
  '(?:a?){30}a{30}',
  '(a*)*b',
  '^(\\w+\\s?)*$',
  'a*a*a*a*b',
  '(?=(a+)+b)a',
  '(a+)\\1+b',
  '(?:a{1,50}){1,50}b',
  '([^/]+)/?([^/]+)/?([^/]+)$b',
];
const ORDINARY = [
  '(?<y>\\d{4})-?(?<m>\\d\\d)-?(?<d>\\d\\d)',
  '(?<y>\\d{4})(?<m>\\d{2})(?<d>\\d{2})T\\d{6}Z',
  '^(?<series>[^/]+)/.*',
  '\\.tar(?:\\.gz)?$',
  '\\.(?:tar|dump|sql)$',
  '.*-(?<y>\\d{4})(?<m>\\d\\d)(?<d>\\d\\d)\\.tar$',
  '\\.bak$',
  '[.]tar[.](?:gz|zst)$',
  '^backups/\\p{L}+$',
];

describe('a configured regular expression', () => {
  it.each(ORDINARY)('%s is recognized as fast', (source) => {
    expect(isQuickPattern(source)).toBe(true);
  });

  it.each(EVIL)('%s is not', (source) => {
    expect(isQuickPattern(source)).toBe(false);
  });

  it.each(EVIL.slice(0, 4))('%s is cut off at a key on which it would run for years', (source) => {
    const pattern = new OperatorPattern('date_pattern', source);
    expect(() => pattern.test(`${'a'.repeat(200)}!`)).toThrow(
      expect.objectContaining({
        code: 'pattern.too_slow',
        exitCode: 3,
        message: expect.stringContaining('date_pattern'),
      }),
    );
    // And still works for others.
    expect(pattern.test('zzz')).toBe(false);
  });

  it('gives the same matches, however it is run', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EVIL, ...ORDINARY), fc.string({ maxLength: 12 }), (source, text) => {
        const key = `${text}aab-2026-04-24.tar.gz`;
        expect(new OperatorPattern('x', source).exec(key)).toEqual(new RegExp(source, 'u').exec(key));
      }),
    );
  });

  it('is not blamed if the host suspends the program during a match', () => {
    const clock = vi.spyOn(performance, 'now');
    for (const source of ['(a+)+b', '\\.tar$']) {
      const pattern = new OperatorPattern('x', source);
      // The first attempt at each key seems to take a second.
      for (let key = 0; key < 200; key += 1) {
        clock.mockReturnValueOnce(0).mockReturnValueOnce(1000);
        expect(pattern.test('aab.tar')).toBe(true);
        clock.mockReset();
      }
    }
    clock.mockRestore();
  });

  it('is not blamed if the host gives the program no processor during many matches', () => {
    const run = vi.spyOn(Script.prototype, 'runInContext');
    const usage = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 90_000, system: 0 });
    for (let attempt = 0; attempt < 20; attempt += 1) run.mockImplementationOnce(timeout);
    const pattern = new OperatorPattern('x', '(a+)+b');
    expect(pattern.test('aab')).toBe(true);
    // And it is, as soon as it has had the processor for long enough.
    usage.mockReturnValue({ user: 90_000, system: 10_000 });
    for (let attempt = 0; attempt < 3; attempt += 1) run.mockImplementationOnce(timeout);
    expect(() => pattern.test('aab')).toThrow(expect.objectContaining({ code: 'pattern.too_slow' }));
    // Even without a processor there is an end.
    usage.mockReturnValue({ user: 0, system: 0 });
    run.mockImplementation(timeout);
    expect(() => pattern.test('aab')).toThrow(expect.objectContaining({ code: 'pattern.too_slow' }));
    run.mockRestore();
    usage.mockRestore();
  });

  it('that is slow for many keys is cut off after some', () => {
    const clock = vi.spyOn(performance, 'now');
    let nowMs = 0;
    clock.mockImplementation(() => {
      nowMs += 20;
      return nowMs;
    });
    const pattern = new OperatorPattern('x', '(a+)+b');
    for (let key = 0; key < 100; key += 1) expect(pattern.test('aab')).toBe(true);
    expect(() => pattern.test('aab')).toThrow(expect.objectContaining({ code: 'pattern.too_slow' }));
    clock.mockRestore();
  });

  it('that is fast by construction is fast for every key that a store can have', () => {
    const piece = fc.constantFrom('a', '.', '[a-b]', '\\w', 'b', '(?:a)', '(a|b)', '^', '$');
    const quantifier = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{1,9}', '{3,}', '*?');
    const source = fc
      .array(fc.tuple(piece, quantifier), { maxLength: 7 })
      .map((parts) => parts.map(([one, often]) => (/^[$^]$/.test(one) ? one : one + often)).join(''));
    fc.assert(
      fc.property(source, (text) => {
        fc.pre(isQuickPattern(text));
        // Would be far more than the age of the universe, where it were not.
        new RegExp(text, 'u').exec(`${'a'.repeat(1000)}!`);
      }),
      { numRuns: caseCount(300) },
    );
  });

  it('that cannot be read is a syntax error', () => {
    expect(() => new OperatorPattern('x', '(')).toThrow(SyntaxError);
  });
});

/** What `runInContext` does when the time is over, as of Node 20 to 26. */
function timeout(): never {
  throw Object.assign(new Error('Script execution timed out'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
}
