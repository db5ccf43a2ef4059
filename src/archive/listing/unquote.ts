import type { Quoting } from './entry.js';

/** A name at the start of a line, and where it ended. Each character is a byte. */
interface Token {
  name: string;
  end: number;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  e: '\x1b',
  '\\': '\\',
  '"': '"',
  "'": "'",
  '?': '\x7f',
  ' ': ' ',
};

/** Decodes C escapes (`\n`, `\303`); undefined if a backslash does not start an escape, as in a literal name. */
function undoEscapes(text: string): string | undefined {
  if (!text.includes('\\')) return text;
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] !== '\\') {
      out += text[i];
      continue;
    }
    const octal = /^[0-3][0-7]{2}/.exec(text.slice(i + 1, i + 4))?.[0];
    const simple = SIMPLE[text[i + 1] ?? ''];
    if (octal !== undefined) {
      out += String.fromCharCode(Number.parseInt(octal, 8));
      i += 3;
    } else if (simple !== undefined) {
      out += simple;
      i += 1;
    } else return undefined;
  }
  return out;
}

const PYTHON = /\\(?:udc([89a-f][0-9a-f])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))/g;

/**
 * Decodes the escapes that Python's tarfile prints for bytes that are not UTF-8 (`\udce9`) and for characters that its
 * terminal cannot display (`\xe9`, `\u540d`, `\U0001f600`). Backslashes in a name are not escaped.
 */
function undoPython(text: string): string {
  return text.replace(PYTHON, (whole, byte: string | undefined, ...codes: (string | undefined)[]) => {
    if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
    const code = Number.parseInt(codes.slice(0, 3).find((one) => one !== undefined) ?? '', 16);
    return code > 0x10ffff ? whole : Buffer.from(String.fromCodePoint(code)).toString('latin1');
  });
}

const OPEN_LOCALE = '\xe2\x80\x98';
const CLOSE_LOCALE = '\xe2\x80\x99';

/** A name between an opening and a closing mark, with its escapes decoded. */
function delimited(text: string, open: string, close: string): Token | undefined {
  if (!text.startsWith(open)) return undefined;
  let at = open.length;
  while (at < text.length) {
    if (text[at] === '\\') at += 2;
    else if (text.startsWith(close, at)) {
      const name = undoEscapes(text.slice(open.length, at));
      return name === undefined ? undefined : { name, end: at + close.length };
    } else at += 1;
  }
  return undefined;
}

/** A word as a POSIX shell reads it: `'a b'`, `'it'\''s'`, `"it's"`, `'a'$'\n''b'`, or bare up to a space. */
function shellWord(text: string): Token | undefined {
  let name = '';
  let at = 0;
  while (at < text.length && text[at] !== ' ') {
    const piece = shellPiece(text.slice(at));
    if (piece === undefined) return undefined;
    name += piece.name;
    at += piece.end;
  }
  return { name, end: at };
}

function shellPiece(text: string): Token | undefined {
  if (text.startsWith("$'")) return delimited(text, "$'", "'");
  if (text[0] === "'") {
    const close = text.indexOf("'", 1);
    return close < 0 ? undefined : { name: text.slice(1, close), end: close + 1 };
  }
  if (text[0] === '"') {
    const close = text.indexOf('"', 1);
    return close < 0 ? undefined : { name: text.slice(1, close), end: close + 1 };
  }
  if (text[0] === '\\') return text.length < 2 ? undefined : { name: text.charAt(1), end: 2 };
  return { name: text.charAt(0), end: 1 };
}

/**
 * The quoted name at the start of a line, in each way that the quoting allows, most likely first; empty if there is
 * none. In a style that quotes only some names, the caller must read unquoted names.
 */
export function quotedNames(text: string, quoting: Quoting): Token[] {
  const tries: Record<Quoting, () => (Token | undefined)[]> = {
    literal: () => [],
    escape: () => [],
    c: () => [delimited(text, '"', '"')],
    'c-maybe': () => [delimited(text, '"', '"')],
    shell: () => [/^['"$\\]/.test(text) ? shellWord(text) : undefined],
    'shell-always': () => [shellWord(text)],
    locale: () => [
      delimited(text, OPEN_LOCALE, CLOSE_LOCALE),
      delimited(text, "'", "'"),
      delimited(text, '"', '"'),
    ],
    auto: () => [
      delimited(text, OPEN_LOCALE, CLOSE_LOCALE),
      delimited(text, '"', '"'),
      /^(?:'|"|\$')/.test(text) ? shellWord(text) : undefined,
      delimited(text, "'", "'"),
    ],
  };
  return tries[quoting]().filter((token) => token !== undefined);
}

/** The possible names for unquoted text, most likely first. */
export function plainNames(text: string, quoting: Quoting): string[] {
  if (quoting === 'escape' || quoting === 'auto') {
    if (!text.includes('\\')) return [text];
    const unescaped = undoEscapes(text);
    const names = unescaped === undefined ? [text] : [unescaped, text];
    return quoting === 'auto' ? [...new Set([...names, undoPython(text)])] : [...new Set(names)];
  }
  return [text];
}
