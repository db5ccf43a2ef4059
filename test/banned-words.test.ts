import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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

/** Words that no exported name may contain: metaphors that hide what the thing does. */
const BANNED_IN_NAMES = /^(?:desk|bench|voice|caretaker|mending|lonely|told)(?:e?s)?$/;

/**
 * How many banned words each directory still has; a directory that is not listed has none. The test also fails if a number
 * is too high, so numbers only go down: `UPDATE_WORDS=1 npx vitest run test/banned-words.test.ts` lowers them.
 */
const ALLOWED: Readonly<Record<string, number>> = {
  docs: 5,
  'src/health': 1,
  'src/inventory': 3,
  'src/jobs': 19,
  'src/objectstore': 6,
  'src/registry': 52,
  test: 2,
  'test/contracts': 1,
  'test/debian': 5,
  'test/events': 1,
  'test/fuzz': 1,
  'test/health': 7,
  'test/inventory': 2,
  'test/jobs': 33,
  'test/objectstore': 5,
  'test/queue': 11,
  'test/registry': 15,
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

function counts(): Record<string, number> {
  const byPlace: Record<string, number> = {};
  for (const { place } of found()) byPlace[place] = (byPlace[place] ?? 0) + 1;
  return byPlace;
}

it('every text is plain American English: no directory has more banned words than it is allowed', () => {
  const all = found();
  const tooMany = Object.entries(counts()).flatMap(([place, count]) => {
    const allowed = ALLOWED[place] ?? 0;
    if (count <= allowed) return [];
    const texts = all.filter((one) => one.place === place).map(({ text }) => `  ${text}`);
    return [`${place}: ${count} banned words, ${allowed} allowed`, ...texts];
  });
  expect(tooMany).toEqual([]);
});

it('no directory is allowed more banned words than it has', () => {
  const now = counts();
  const tooHigh = Object.entries(ALLOWED).filter(([place, allowed]) => allowed > (now[place] ?? 0));
  if (process.env.UPDATE_WORDS && tooHigh.length > 0) lower(now);
  expect(
    tooHigh.map(([place, allowed]) => `${place}: ${allowed} allowed, it has ${now[place] ?? 0}`),
  ).toEqual([]);
});

/** Lowers the numbers in this file to what the directories have, and removes those that have none. */
function lower(now: Readonly<Record<string, number>>): void {
  const left = Object.entries(ALLOWED).flatMap(([place, allowed]) => {
    const count = Math.min(allowed, now[place] ?? 0);
    const name = /^\w+$/.test(place) ? place : `'${place}'`;
    return count === 0 ? [] : [`  ${name}: ${count},\n`];
  });
  const text = readFileSync(import.meta.filename, 'utf8');
  const table = /(const ALLOWED: Readonly<Record<string, number>> = \{)\n?[^}]*\}/;
  const lines = left.length === 0 ? '' : `\n${left.join('')}`;
  writeFileSync(
    import.meta.filename,
    text.replace(table, (_all, head: string) => `${head}${lines}}`),
  );
}

const EXPORT =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;

it('no exported name is a metaphor', () => {
  const files = execFileSync('git', ['ls-files', 'src', 'test', 'bench'], { cwd: root, encoding: 'utf8' });
  const wrong = files
    .split('\n')
    .filter((file) => /\.(?:ts|tsx|mjs)$/.test(file))
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(EXPORT)].flatMap(([, name = '']) =>
        wordsOf(name).some((word) => BANNED_IN_NAMES.test(word)) ? [`${file}: ${name}`] : [],
      ),
    );
  expect(wrong).toEqual([]);
});

/** `LedgerDesk`, `MAX_DESKS`: the words of a name, in lower case. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_');
}
