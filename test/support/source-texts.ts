import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';

const root = join(import.meta.dirname, '../..');

/** Stands for an expression within a text. */
export const HOLE = '\u0000';

/** A text that the program may show: a string, a template, or text between tags. */
export interface SourceText {
  /** File and line. */
  at: string;
  /** Its characters, with a HOLE for each expression. */
  text: string;
  /** The sources of the expressions, one per HOLE. */
  holes: string[];
  /** What is before it in the source, to tell what the text is for. */
  before: string;
}

/** Every text in the sources, in the order of files and lines. Comments and regular expressions are skipped. */
export function sourceTexts(patterns: readonly string[] = ['src/**/*.ts', 'src/**/*.tsx']): SourceText[] {
  const files = globSync([...patterns], { cwd: root }).sort();
  return files.flatMap((file) => textsIn(readFileSync(join(root, file), 'utf8'), file));
}

/** The texts of one file. */
export function textsIn(source: string, file: string): SourceText[] {
  const joined = source.replaceAll(/(?<=(['`]) \+\n)\s*(?=\1)/g, '');
  const reader = new Reader(joined);
  reader.code(joined.length);
  const literals = reader.found.map(({ from, to, ...rest }) => ({ from, to, ...rest }));
  const between = file.endsWith('.tsx') ? tagTexts(joined, literals) : [];
  return [...literals, ...between]
    .sort((a, b) => a.from - b.from)
    .map(({ from, text, holes }) => ({
      at: `${file}:${joined.slice(0, from).split('\n').length}`,
      text,
      holes,
      before: joined.slice(Math.max(0, from - 60), from),
    }));
}

interface Found {
  from: number;
  to: number;
  text: string;
  holes: string[];
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '' };

/** Reads a source as far as needed to tell its texts from its comments and regular expressions. */
class Reader {
  readonly found: Found[] = [];
  #at = 0;
  /** The last character of code that is not a blank: says whether a slash divides. */
  #last = '';

  constructor(readonly source: string) {}

  /** Reads code up to the end, or up to the brace that closes an expression in a template. */
  code(end: number): void {
    let depth = 0;
    while (this.#at < end) {
      const char = this.source[this.#at] ?? '';
      const two = this.source.slice(this.#at, this.#at + 2);
      if (two === '//') this.#skipTo('\n');
      else if (two === '/*') this.#skipTo('*/');
      else if (char === '/' && /^$|[=(,:[!&|?{};<>+\n]/.test(this.#last)) this.#pattern();
      else if (char === "'" || char === '"') this.#string(char);
      else if (char === '`') this.#template();
      else {
        if (char === '{') depth += 1;
        if (char === '}') depth -= 1;
        if (depth < 0) return;
        if (/\S/.test(char)) this.#last = char;
        this.#at += 1;
      }
    }
  }

  #skipTo(mark: string): void {
    const end = this.source.indexOf(mark, this.#at + 2);
    this.#at = end === -1 ? this.source.length : end + mark.length;
  }

  #pattern(): void {
    const match = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
    match.lastIndex = this.#at;
    this.#at += match.exec(this.source)?.[0].length ?? 1;
    this.#last = '/';
  }

  /** A quote without another one on its line is an apostrophe between tags. */
  #string(quote: string): void {
    const match = new RegExp(`${quote}((?:\\\\.|[^\\\\\\n${quote}])*)${quote}`, 'y');
    match.lastIndex = this.#at;
    const [whole, text = ''] = match.exec(this.source) ?? [];
    if (whole !== undefined) {
      this.found.push({ from: this.#at, to: this.#at + whole.length, text: unescaped(text), holes: [] });
    }
    this.#at += whole?.length ?? 1;
    this.#last = quote;
  }

  #template(): void {
    const from = this.#at;
    const holes: string[] = [];
    let text = '';
    this.#at += 1;
    while (this.#at < this.source.length && this.source[this.#at] !== '`') {
      const char = this.source[this.#at] ?? '';
      if (char === '\\') {
        text += this.source.slice(this.#at, this.#at + 2);
        this.#at += 2;
      } else if (this.source.startsWith('${', this.#at)) {
        const start = this.#at + 2;
        this.#at = start;
        this.#last = '';
        this.code(this.source.length);
        holes.push(this.source.slice(start, this.#at));
        text += HOLE;
        this.#at += 1;
      } else {
        text += char;
        this.#at += 1;
      }
    }
    this.#at += 1;
    this.#last = '`';
    this.found.push({ from, to: this.#at, text: unescaped(text), holes });
  }
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char);
}

/** The texts between tags, with a HOLE for each expression in braces that has no braces itself. */
function tagTexts(source: string, literals: readonly Found[]): Found[] {
  return [...source.matchAll(/>([^<>;=]*[A-Za-z][^<>;=]*)</g)].flatMap(({ index, 1: body = '' }) => {
    const from = index + 1;
    if (literals.some((literal) => literal.from < from && from < literal.to)) return [];
    const holes: string[] = [];
    const text = body.replaceAll(/\{([^{}]*)\}/g, (_, hole: string) => {
      holes.push(hole);
      return hole.trim() === "' '" ? ' ' : HOLE;
    });
    return [{ from, to: from + body.length, text: text.replaceAll(/\s+/g, ' '), holes }];
  });
}
