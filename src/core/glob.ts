/** A compiled glob of object keys: `*` within a segment, `**` across segments. */
export interface Glob {
  /** As it was written. */
  readonly text: string;
  /** What it consists of: UTF-16 code units, `STAR`, `ACROSS` and `SEGMENTS`. */
  readonly tokens: readonly number[];
  matches(key: string): boolean;
}

/** Longer than any object key can be (1,024 bytes), with room for escapes. */
const MAX_GLOB_LENGTH = 2048;

/** Any run within a segment. Tokens of globs above the code units, which stand for themselves. */
export const STAR = 0x10000;
/** Any run at all. */
export const ACROSS = 0x10001;
/** Any number of whole segments with their slashes. */
export const SEGMENTS = 0x10002;
const SLASH = 0x2f;

/**
 * Compiles a glob. A `**` alone between slashes also matches no segment at all (`a/∗∗/b` matches `a/b`); a backslash
 * makes the next character literal; every other character matches itself. Matching takes at most time proportional to
 * key length times glob length.
 * @returns the glob, or why the text is not a valid glob
 */
export function compileGlob(text: string): Glob | { problem: string } {
  if (text === '') return { problem: 'it is empty' };
  if (text.length > MAX_GLOB_LENGTH) return { problem: `it is longer than ${MAX_GLOB_LENGTH} characters` };
  const tokens = tokenize(text);
  if ('problem' in tokens) return tokens;
  let matcher: ((key: string) => boolean) | undefined;
  return {
    text,
    tokens,
    matches: (key) => {
      // Most globs are only ever part of a `GlobSet`, which matches in its own way.
      matcher ??= matcherOf(tokens);
      return matcher(key);
    },
  };
}

function matcherOf(tokens: readonly number[]): (key: string) => boolean {
  const first = tokens.findIndex(isWildcard);
  const prefix = textOf(first < 0 ? tokens : tokens.slice(0, first));
  if (first < 0) return (key) => key === prefix;
  const last = tokens.findLastIndex(isWildcard);
  const suffix = textOf(tokens.slice(last + 1));
  const middle = tokens.slice(first, last + 1);
  return (key) =>
    key.length >= prefix.length + suffix.length &&
    key.startsWith(prefix) &&
    key.endsWith(suffix) &&
    matchTokens(middle, key, prefix.length, key.length - suffix.length);
}

/** Whether a token of a glob is not a literal code unit. */
export function isWildcard(token: number): boolean {
  return token >= STAR;
}

/** The text of literal tokens. */
export function textOf(tokens: readonly number[]): string {
  let text = '';
  for (const token of tokens) text += String.fromCharCode(token);
  return text;
}

function tokenize(text: string): number[] | { problem: string } {
  const tokens: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (char === '\\') {
      i += 1;
      if (i === text.length) return { problem: 'it ends in a backslash that escapes nothing' };
      tokens.push(text.charCodeAt(i));
    } else if (char === '[' || char === ']' || char === '{' || char === '}') {
      return { problem: `${char} has no meaning in a glob here; write \\${char} for the character itself` };
    } else if (char !== '*') {
      tokens.push(text.charCodeAt(i));
    } else if (text.startsWith('***', i)) {
      return { problem: '*** is neither * nor **' };
    } else if (text.startsWith('**/', i) && (i === 0 || text.charAt(i - 1) === '/')) {
      tokens.push(SEGMENTS);
      i += 2;
    } else if (text.startsWith('**', i)) {
      tokens.push(ACROSS);
      i += 1;
    } else {
      tokens.push(STAR);
    }
  }
  return tokens;
}

/** Simulates the glob as an automaton with all its states at once, so that there is no backtracking. */
function matchTokens(tokens: readonly number[], key: string, from: number, to: number): boolean {
  let states = new Uint8Array(tokens.length + 1);
  let next = new Uint8Array(tokens.length + 1);
  enter(tokens, states, 0);
  for (let at = from; at < to; at += 1) {
    const code = key.charCodeAt(at);
    next.fill(0);
    for (let i = 0; i < tokens.length; i += 1) {
      const token = tokens[i];
      if (states[i] === 0 || token === undefined) continue;
      if (token === ACROSS || (token === STAR && code !== SLASH)) enter(tokens, next, i);
      else if (token === SEGMENTS) {
        if (code === SLASH) enter(tokens, next, i);
        else next[i] = 1;
      } else if (token === code) enter(tokens, next, i + 1);
    }
    [states, next] = [next, states];
  }
  return (states[tokens.length] ?? 0) !== 0;
}

/**
 * Marks a state, and those after tokens that can match nothing. The automaton leaves a `SEGMENTS` token only here, at the
 * start of a segment; inside a segment it continues to the next slash.
 */
function enter(tokens: readonly number[], states: Uint8Array, state: number): void {
  let i = state;
  states[i] = 1;
  while (isWildcard(tokens[i] ?? 0)) {
    i += 1;
    states[i] = 1;
  }
}
