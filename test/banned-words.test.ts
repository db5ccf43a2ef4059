import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Words that slow a reader down, and what to write instead. "Words" in CONTRIBUTING.md explains the style. */
const BANNED: readonly (readonly [word: RegExp, better: string])[] = [
  [/\bcan not\b|\bcan't\b/gi, 'cannot'],
  [/\bmend(?:s|ed|ing)?\b/gi, 'fix'],
  [/\banew\b/gi, 'again'],
  [/\bso (?:many|much|long)\b(?! as\b| that\b)/gi, 'at most N; this many, this much, this long'],
  [/\b(?:is|are|was|were|be|been) told\b/gi, 'reports, prints, names'],
  [/\bstands\b(?!-in| by| for)/gi, 'is, is stored, is recorded, is pending'],
  [/\bwhat stood\b/gi, 'what was'],
  [/\bbeside\b/gi, 'next to'],
  [/\bbec[ao]mes? of\b/gi, 'happens to'],
  [/\bcame to\b/gi, 'resulted in, was'],
  [/\bof today\b/gi, "today's, the current"],
  [/\bis nobody's\b/gi, 'belongs to no one'],
  [/\bfind out why\b/gi, 'check why'],
  [/\bjudges it\b/gi, 'checks it'],
  [/\b\w*colour\w*/gi, 'color'],
  [
    /\b(?:recogn|organ|normal|summar|optim|serial|initial|material|amort)is(?:e|ed|es|ing|ation)\b/gi,
    '-ize (American)',
  ],
  [/\bbehaviour\b|\bneighbour\w*|\bhonour\w*/gi, 'behavior, neighbor, honor (American)'],
  [/\bcancell(?:ed|ing)\b/gi, 'canceled, canceling (American)'],
  [/\breckon(?:s|ed|ing)?\b/gi, 'compute'],
  [/\bcomes? round\b/gi, 'is due'],
  [/\b(?:can|could|may) (?:not )?be had\b/gi, 'be found, be read'],
  [/\bwaits? for a person\b/gi, 'needs a decision'],
  [/\bnothing waits\b/gi, 'all clear, nothing needs your attention'],
  [/\bspeaks? for it\b/gi, 'supports it'],
  [/\b(?:object|one|row|file|member|key) a line\b/gi, 'one per line, NDJSON'],
  [/\bno row is like that\b/gi, 'no matching rows'],
  [/\bthere is no other content to be weighed\b/gi, 'no other candidate has different content'],
  [/\bis a row of the table's\b|\bone of the table's\b/gi, 'delete it'],
  [/\blonely\b|\bcaretaker\b|\bmending\b/gi, 'the term of the field, as in docs/glossary.md'],
];

/** Text that is generated, or that is about the words themselves. */
const EXEMPT = /^(?:CHANGELOG\.md|package-lock\.json|test\/banned-words\.test\.ts|LICENSE)$/;
const TEXT = /\.(?:ts|tsx|mjs|md|ya?ml|sh|sql|json|css|html)$|^contrib\/|^\.ci\//;

/**
 * How many of these words each directory may still have. Numbers only go down: whoever removes words lowers the number,
 * and a directory that is not named has none.
 */
const ALLOWED: Readonly<Record<string, number>> = {
  contrib: 3,
  docs: 68,
  'src/archive': 26,
  'src/cli': 26,
  'src/core': 18,
  'src/events': 4,
  'src/files': 22,
  'src/health': 13,
  'src/inventory': 20,
  'src/jobs': 180,
  'src/objectstore': 20,
  'src/queue': 20,
  'src/registry': 54,
  'src/sources': 22,
  test: 5,
  'test/archive': 10,
  'test/cli': 27,
  'test/contracts': 3,
  'test/core': 3,
  'test/crash': 8,
  'test/debian': 7,
  'test/decompress': 3,
  'test/events': 3,
  'test/files': 5,
  'test/fuzz': 3,
  'test/health': 12,
  'test/inventory': 4,
  'test/jobs': 60,
  'test/ledger': 5,
  'test/objectstore': 7,
  'test/queue': 13,
  'test/registry': 17,
  'test/support': 10,
};

const root = join(import.meta.dirname, '..');

interface Found {
  place: string;
  text: string;
}

function found(): Found[] {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
  return files
    .filter((file) => TEXT.test(file) && !EXEMPT.test(file))
    .flatMap((file) => {
      const place = placeOf(file);
      return readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          BANNED.flatMap(([word, better]) =>
            [...line.matchAll(word)].map(([text]) => ({
              place,
              text: `${file}:${index + 1}: "${text}": ${better}`,
            })),
          ),
        );
    });
}

/** Directories below `src` and `test` count for themselves. */
function placeOf(file: string): string {
  const parts = file.split('/');
  const depth = parts[0] === 'src' || parts[0] === 'test' ? 2 : 1;
  return parts.length > depth ? parts.slice(0, depth).join('/') : parts.slice(0, -1).join('/') || file;
}

it('every text is plain American English: no directory has more banned words than it is allowed', () => {
  const byPlace = new Map<string, Found[]>();
  for (const one of found()) byPlace.set(one.place, [...(byPlace.get(one.place) ?? []), one]);
  const counts = Object.fromEntries([...byPlace].map(([place, list]) => [place, list.length]).sort());
  if (process.env.PRINT_WORDS !== undefined) process.stderr.write(`${JSON.stringify(counts, null, 2)}\n`);
  const tooMany = [...byPlace].flatMap(([place, list]) => {
    const allowed = ALLOWED[place] ?? 0;
    if (list.length <= allowed) return [];
    return [
      `${place}: ${list.length} banned words, ${allowed} allowed`,
      ...list.map(({ text }) => `  ${text}`),
    ];
  });
  expect(tooMany).toEqual([]);
});
