import { describe, expect, it } from 'vitest';
import { HOLE, sourceTexts, textsIn } from './support/source-texts.js';

/** Words after a value that end in s and are not the plural of a noun. */
const NOT_COUNTED = new Set(
  'as is has was does its this us ms exceeds names matches belongs needs exists differs contains ends requires takes says leaves lacks applies refers processes bypassrls'.split(
    ' ',
  ),
);
/** What Salvor counts: also found a word or two after the number (`3 open findings`). */
const COUNTED =
  'archives|artifacts|bytes|candidates|changes|contents|copies|days|decisions|digests|directories|entries|errors|' +
  'events|expressions|fields|figures|files|findings|gaps|hits|holes|hosts|hours|indexes|issues|jobs|keys|lines|' +
  'links|listings|members|messages|milliseconds|minutes|names|pages|partitions|places|programs|proofs|reads|' +
  'requests|rows|runs|scopes|scripts|seconds|sources|subjects|tables|targets|threads|types|units|urls|violations|' +
  'warnings|workers';
const DIRECT = /^ ([a-z]+s)\b/;
/** Not after a word that begins another part of the sentence. */
const NEAR = new RegExp(
  `^(?: (?!(?:of|to|and|or|are|is|has|look|lead|says|takes|from|in)\\b)[a-z-]+){1,2}? (${COUNTED})\\b`,
);
const VERB = /^ (?:are|were|have|do|need|match|exist|say|differ|belong)\b/;

/** A limit that the code sets, which is never 1. */
const IS_CONSTANT = /^[A-Z][A-Z0-9_]*$/;
/** Made by the helpers of src/core/pluralize.ts and the dashboard's format.ts, which know the singular. */
const IS_COUNTED = /^\s*(?:counted|plural)\(/;

interface Wrong {
  at: string;
  shown: string;
}

function wrongCounts(texts: ReturnType<typeof sourceTexts>): Wrong[] {
  return texts.flatMap(({ at, text, holes }) => {
    const parts = text.split(HOLE);
    return holes.flatMap((hole, i) => {
      const after = parts[i + 1] ?? '';
      const shown = `\${${hole}}${after.slice(0, 40)}`;
      if (IS_COUNTED.test(hole)) return VERB.test(after) ? [{ at, shown }] : [];
      if (IS_CONSTANT.test(hole) || /\b[Nn]o $/.test(parts[i] ?? '')) return [];
      const noun = (DIRECT.exec(after) ?? NEAR.exec(after))?.[1];
      return noun === undefined || NOT_COUNTED.has(noun) || noun.endsWith('ss') ? [] : [{ at, shown }];
    });
  });
}

describe('a count and its noun agree', () => {
  it('in every text of the sources', () => {
    const wrong = wrongCounts(sourceTexts()).map(({ at, shown }) => `${at}: ${shown}`);
    expect(wrong, 'use counted() of src/core/pluralize.ts, or plural() in pages').toEqual([]);
  });

  it.each([
    ['`${rows} rows`', true],
    ['`${a.b(c)} open findings of ${d}`', true],
    ["`${counted(rows, 'row')} were skipped`", true],
    ["`${counted(rows, 'row was', 'rows were')} skipped`", false],
    ['`${MAX_ROWS} rows`', false],
    ['`${name} is a file`', false],
    ['// `${rows} rows`', false],
    ["/['`]/.test(x) ? `${rows} rows` : ''", true],
    ['`a ${`b ${rows} rows`}`', true],
  ])('%s is wrong: %s', (source, isWrong) => {
    expect(wrongCounts(textsIn(source, 'x.ts')).length > 0).toBe(isWrong);
  });

  it('in text between tags', () => {
    expect(wrongCounts(textsIn('return <p>{count(rows)} rows</p>;', 'x.tsx'))).toHaveLength(1);
    expect(wrongCounts(textsIn("return <p>{plural(rows, 'row')} found</p>;", 'x.tsx'))).toEqual([]);
  });
});
