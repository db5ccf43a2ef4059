import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitLines } from '../../src/cli/terminal/fit-lines.js';
import { styleFor } from '../../src/cli/terminal/style.js';
import { caseCount } from '../support/property-runs.js';

const fitted = (text: string, columns = 80): string[] => fitLines(text, columns).split('\n');
const ID = 'af74740d-6885-49e3-8dbe-d7b33184efca';

describe('lines on a terminal', () => {
  it('are unchanged if there is no terminal, or if they fit', () => {
    const long = 'word '.repeat(40);
    expect(fitLines(long, undefined)).toBe(long);
    expect(fitted(long, 200)).toEqual([long]);
  });

  it('wrap at whole words, with the rest of a line below its text', () => {
    const sentence = 'the newest archive of this series is two days old, and at most one day is allowed';
    expect(fitted(`  ${sentence}`)).toEqual([
      '  the newest archive of this series is two days old, and at most one day is',
      '    allowed',
    ]);
    expect(fitted(`warning  registry  ${sentence}`)[1]).toMatch(/^ {9}\S/);
    expect(fitted(`  - ${sentence}`)[1]).toMatch(/^ {4}\S/);
  });

  it('keep a command, an id, a path and code in backticks whole', () => {
    const path = `s3://bucket/${'directory/'.repeat(9)}archive.tar.gz`;
    const command = `salvor listings build ${path} --missing`;
    expect(fitted(`check the run ${ID} again, and then write what is missing: ${command}`)).toEqual([
      `check the run ${ID} again, and then write what is`,
      '  missing:',
      `  ${command}`,
    ]);
    expect(fitted(`this is the place that was searched: ${path}`)).toContain(`  ${path}`);
    expect(fitted(`${'x'.repeat(60)} run \`salvor doctor --config x\` first`)[1]).toBe(
      '  `salvor doctor --config x` first',
    );
  });

  it('end a color at the end of each line and continue it in the next', () => {
    const { bad } = styleFor(true);
    const lines = fitted(bad('word '.repeat(20).trim()));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.trim()).toMatch(/^\u001b\[31m[^\u001b]*\u001b\[39m$/);
  });

  it('lose nothing, and are too long only if a word is', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '-'), minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 80, max: 200 }),
        (words, columns) => {
          const lines = fitted(words.join(' '), columns);
          expect(lines.join(' ').split(/ +/)).toEqual(words);
          for (const line of lines) expect(line.replaceAll('漢', 'xx').length).toBeLessThanOrEqual(columns);
        },
      ),
      { numRuns: caseCount(100) },
    );
  });
});
