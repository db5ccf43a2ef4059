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

/** Words that no exported name may contain: metaphors that hide what the thing does. */
const BANNED_IN_NAMES = /^(?:desk|bench|voice|caretaker|mending|lonely|told)(?:e?s)?$/;

/**
 * Text that other code or data refers to and that therefore keeps its spelling: a state in other monitoring programs, and a
 * tier in plans of earlier versions.
 */
const KEPT = /'cancelled'|'normalised'/g;

const root = join(import.meta.dirname, '..');

function bannedWords(): string[] {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
  return files
    .filter((file) => TEXT.test(file) && !EXEMPT.test(file))
    .flatMap((file) => {
      const lines = readFileSync(join(root, file), 'utf8').replace(KEPT, '').split('\n');
      return lines.flatMap((line, index) =>
        BANNED.flatMap(([word, better]) =>
          [...line.matchAll(word)].map(([text]) => `${file}:${index + 1}: "${text}": ${better}`),
        ),
      );
    });
}

it('every text is plain American English: there are no banned words', () => {
  expect(bannedWords()).toEqual([]);
});

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
