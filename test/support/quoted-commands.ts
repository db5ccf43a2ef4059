import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';

const GOES_ON = '\u0001';

const root = join(import.meta.dirname, '../..');

/** A command line of Salvor that a text tells the user to run. */
export interface QuotedCommand {
  /** File and line. */
  at: string;
  text: string;
  words: string[];
}

/** Every one in the pages, the examples of `contrib/`, and the texts of the sources. */
export function quotedCommands(): QuotedCommand[] {
  const pages = globSync(['docs/**/*.md', 'README.md', 'CONTRIBUTING.md', 'contrib/**/*'], { cwd: root });
  const sources = globSync(['src/**/*.ts', 'src/**/*.tsx'], { cwd: root });
  return [...pages.flatMap((file) => of(file, inPage)), ...sources.flatMap((file) => of(file, inSource))];
}

function of(file: string, find: (line: string) => string[]): QuotedCommand[] {
  // A line that ends in a backslash goes on in the next one; the line is counted all the same.
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/\\\n\s*/g, GOES_ON);
  let number = 1;
  return text.split('\n').flatMap((line) => {
    const at = `${file}:${number}`;
    number += line.split(GOES_ON).length;
    return find(line.replaceAll(GOES_ON, ' ')).map((found) => ({ at, text: found, words: wordsOf(found) }));
  });
}

/**
 * In a page: code within a line, and a line of code that starts with the program, whatever is before it of a shell.
 * What follows after two blanks explains it.
 */
function inPage(line: string): string[] {
  const inline = [...line.matchAll(/`(?:sudo )?salvor ([^`]+)`/g)].map(([, text = '']) => text);
  const whole = /^\s*(?:\$ |ExecStart=|run: |- )?(?:sudo (?:-u \S+ )?)?(?:\S*\/)?salvor ([a-z-].*)$/.exec(
    line,
  );
  const isProse = line.includes('`') || / (?:is|are|does|has|can|reads|writes|verifies) /.test(line);
  return whole?.[1] !== undefined && !isProse ? [...inline, whole[1].replace(/\s{2,}.*/, '')] : inline;
}

/** In a source: what is between backticks within a text, in any way of writing one, and a text that is a command. */
function inSource(line: string): string[] {
  if (/^\s*(?:\*|\/\/|\/\*)/.test(line)) return [];
  const plain = line.replaceAll(/\$\{[^}]*\}/g, 'VALUE');
  const quoted = [...plain.matchAll(/(?<!\w)\\?`salvor ([^`\\]+)\\?`/g)].map(([, text = '']) => text);
  const whole = [...plain.matchAll(/'salvor ([a-z]+ (?:-|[a-z])[^']*)'/g)].map(([, text = '']) => text);
  return [...quoted, ...whole];
}

/** As a shell would split it, up to a pipe, a redirection, the next command or a comment. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/"[^"]*"|'[^']*'|[^\s"']+/g)) {
    if (/^(?:\||&&|;|>|2>|<$|#|—|:)/.test(word)) break;
    const bare = word.replaceAll(/^["'[(]+|["'\]),;:]+$/g, '');
    if (bare === '' || bare === '...' || bare === '…') continue;
    words.push(bare.replace(/\.$/, ''));
    if (/[;,:]$/.test(word)) break;
  }
  return words;
}
