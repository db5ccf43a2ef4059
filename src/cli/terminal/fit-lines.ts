import { displayWidth, MIN_TERMINAL } from './table-layout.js';

/** A value further right than this is not aligned with when its line continues. */
const MAX_INDENT = 30;
/** The colors of `style.ts`, which take no room. */
const COLORS = /\u001b\[\d+m/g;
/** Code in backticks, a number with its unit, or a run of anything but blanks. */
const WORDS = /\d[\d.,]* (?:B|[kMGTP]B|bytes?)\b\S*|(?:`[^`]*`[^\s`]*|\S)+|\s+/g;
/** A command after a colon or at the start of a line, up to its end or to two blanks. */
const COMMAND = /(?<=: |^\s*)(?:\.\/)?salvor [a-z](?: ?\S)*/;

/**
 * A text whose lines fit the terminal: whole words go to the next line, below the text that they continue. A command, an
 * id or a path is never broken, because it could not be copied. Without a terminal, lines may have any length.
 */
export function fitLines(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  const width = Math.max(columns, MIN_TERMINAL);
  return text
    .split('\n')
    .flatMap((line) => (shownWidth(line) <= width ? [line] : brokenAt(line, width)))
    .join('\n');
}

function brokenAt(line: string, width: number): string[] {
  const further = ' '.repeat(indentOf(line.replaceAll(COLORS, '')));
  const lines: string[] = [];
  let current = '';
  let isEmpty = true;
  for (const word of wordsOf(line)) {
    const isBlank = /^\s+$/.test(word);
    if (!isEmpty && !isBlank && shownWidth(current) + shownWidth(word) > width) {
      const color = openColor(current);
      lines.push(`${current.trimEnd()}${END_OF[color] ?? ''}`);
      current = `${further}${color}`;
    } else if (isBlank && isEmpty && lines.length > 0) continue;
    current += word;
    isEmpty = isBlank && isEmpty;
  }
  return [...lines, current];
}

/** What ends each of the colors of `style.ts`, so that no color reaches into the margin of the next line. */
const END_OF: Readonly<Record<string, string>> = {
  '\u001b[1m': '\u001b[22m',
  '\u001b[2m': '\u001b[22m',
  '\u001b[31m': '\u001b[39m',
  '\u001b[32m': '\u001b[39m',
  '\u001b[33m': '\u001b[39m',
};

/** The color that a piece of a line leaves open; empty if none. */
function openColor(piece: string): string {
  const last = piece.match(COLORS)?.at(-1) ?? '';
  return last in END_OF ? last : '';
}

/** Words and the blanks between them; a command is one word. */
function wordsOf(line: string): string[] {
  const command = COMMAND.exec(line);
  if (command === null) return line.match(WORDS) ?? [];
  const [start, end] = [line.slice(0, command.index), line.slice(command.index + command[0].length)];
  return [...(start.match(WORDS) ?? []), command[0], ...(end.match(WORDS) ?? [])];
}

/** Where a line goes on: below its value if it is a name and a value, else a little to the right of its start. */
function indentOf(line: string): number {
  // The code of a finding is no name of a value.
  if (/^\s*[a-z_]+\.[a-z_]+ /.test(line)) return line.search(/\S/) + 4;
  const [named] = /^\s*\S+(?: \S+){0,3} {2,}(?=\S)/.exec(line) ?? [];
  if (named !== undefined && named.length <= MAX_INDENT) return named.length;
  const [start = ''] = /^\s*(?:[-•] )?/.exec(line) ?? [];
  return start.includes('-') || start.includes('•') ? start.length : start.length + 2;
}

function shownWidth(text: string): number {
  return displayWidth(text.replaceAll(COLORS, ''));
}
