import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { HOLE, sourceTexts } from './source-texts.js';

const GOES_ON = '\u0001';
/** What the program fills in. */
export const VALUE = 'VALUE';

const root = join(import.meta.dirname, '../..');

/** A command line of Salvor that a text tells the user to run. */
export interface QuotedCommand {
  /** File and line. */
  at: string;
  text: string;
  words: string[];
  kind: QuoteKind;
}

/**
 * A `line` is run as it is: it ends where its text ends. `code` may name a command or a flag without its arguments.
 * `prose` goes on with other words, so that only its beginning can be a command.
 */
export type QuoteKind = 'line' | 'code' | 'prose';

type Part = Pick<QuotedCommand, 'text' | 'kind'>;

/** Every one in the pages, the examples of `contrib/`, and the texts of the sources. */
export function quotedCommands(): QuotedCommand[] {
  const pages = globSync(['docs/**/*.md', '*.md', 'contrib/**/*', 'changes/*.md', '.github/**/*'], {
    cwd: root,
  });
  return [...pages.sort().flatMap(inPage), ...inSources()].map((found) => ({
    ...found,
    words: wordsOf(found.text),
  }));
}

function inPage(file: string): Omit<QuotedCommand, 'words'>[] {
  // A line that ends in a backslash goes on in the next one; the line is counted all the same.
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/\\\n\s*/g, GOES_ON);
  const isPage = file.endsWith('.md');
  let isCode = !isPage;
  let number = 1;
  return text.split('\n').flatMap((line) => {
    const at = `${file}:${number}`;
    number += line.split(GOES_ON).length;
    if (/^\s*```/.test(line)) isCode = !isCode;
    const plain = line.replaceAll(GOES_ON, ' ');
    const found = [...(isCode ? inShell(plain) : []), ...(isCode && isPage ? [] : inline(plain))];
    return found.map((one) => ({ at, ...one }));
  });
}

/** A line of a shell or a unit: the program at the place of a command. What follows after two blanks explains it. */
function inShell(line: string): Part[] {
  const commands = line.matchAll(
    /(?:^\s*(?:\$ |ExecStart=|run: |- )?|[|;] ?|&& |\|\| |\$\()(?:sudo (?:-u \S+ )?)?(?:\/\S+\/|\.\/)?salvor (?=[a-z-])([^`]*)/g,
  );
  return [...commands].map(([, text = '']) => ({ text: text.replace(/\s{2,}.*/, ''), kind: 'line' }));
}

/** Code within a line of a page. */
function inline(line: string): Part[] {
  return [...line.matchAll(/`(?:sudo )?(?:\.\/)?salvor ([^`]+)`/g)].map(([, text = '']) => ({
    text,
    kind: 'code',
  }));
}

/** In the texts of the sources: within backticks, after a colon, at the start of a line, and in the middle of a text. */
function inSources(): Omit<QuotedCommand, 'words'>[] {
  return sourceTexts().flatMap(({ at, text, before }) => {
    if (/application_name: $/.test(before) || at.startsWith('src/cli/completion/')) return [];
    return text
      .replaceAll(HOLE, VALUE)
      .split('\n')
      .flatMap(inSourceLine)
      .map((found) => ({ at, ...found }));
  });
}

function inSourceLine(line: string): Part[] {
  const quoted = [...line.matchAll(/`(?:\.\/)?salvor ([^`]+)`/g)].map(([, text = '']) => ({
    text,
    kind: 'code' as const,
  }));
  const bare = line.replaceAll(/`[^`]*`/g, '');
  const started = [
    ...bare.matchAll(/(^\s*(?:\d\. )?|: |\| |\$\(|^)(?:\.\/)?salvor (?=[a-z-]+\b|VALUE)(.*)$/g),
  ];
  if (started.length > 0) {
    return [
      ...quoted,
      ...started.map(([, , text = '']) => ({ text: text.replace(/\s{2,}.*/, ''), kind: 'line' as const })),
    ];
  }
  const named = [...bare.matchAll(/(?<![\w/."-])salvor ([a-z-].*)$/g)];
  return [...quoted, ...named.map(([, text = '']) => ({ text, kind: 'prose' as const }))];
}

/** As a shell would split it, up to a pipe, a redirection, the next command or a comment. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (/^(?:\||&&|;|>|2>|<$|#|—|:$)/.test(word)) break;
    const bare = word.replaceAll(/^[("']+|["'),;:]+$/g, '');
    if (bare === '' || bare === '...' || bare === '…') continue;
    words.push(bare.replace(/(?<=\w)\.$/, ''));
    if (/[;,:)]$/.test(word)) break;
  }
  return words;
}
