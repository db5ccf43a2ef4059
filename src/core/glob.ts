/** A compiled glob of object keys: `*` within a segment, `**` across segments. */
export interface Glob {
  /** As it was written. */
  readonly text: string;
  matches(key: string): boolean;
}

/** Longer than any object key can be (1,024 bytes), with room for escapes. */
const MAX_GLOB_LENGTH = 2048;

/** One character, any run within a segment, any run at all, or any number of whole segments with their slashes. */
type Token = { char: string } | 'star' | 'across' | 'segments';

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
  const head = literalRun(tokens);
  const tail = literalRun([...tokens].reverse());
  const prefix = head.join('');
  if (head.length === tokens.length) return { text, matches: (key) => key === prefix };
  const suffix = tail.reverse().join('');
  const shortest = prefix.length + suffix.length;
  const middle = tokens.slice(head.length, tokens.length - tail.length);
  return {
    text,
    matches: (key) =>
      key.length >= shortest &&
      key.startsWith(prefix) &&
      key.endsWith(suffix) &&
      matchTokens(middle, key, prefix.length, key.length - suffix.length),
  };
}

/** The parts of a text that `compileGlob` takes. */
export function globTokens(text: string): Token[] {
  const tokens = tokenize(text);
  return 'problem' in tokens ? [] : tokens;
}

function tokenize(text: string): Token[] | { problem: string } {
  const tokens: Token[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    if (char === '\\') {
      i += 1;
      if (i === text.length) return { problem: 'it ends in a backslash that escapes nothing' };
      tokens.push({ char: text.charAt(i) });
    } else if (char === '[' || char === ']' || char === '{' || char === '}') {
      return { problem: `${char} has no meaning in a glob here; write \\${char} for the character itself` };
    } else if (char !== '*') {
      tokens.push({ char });
    } else if (text.startsWith('***', i)) {
      return { problem: '*** is neither * nor **' };
    } else if (text.startsWith('**/', i) && (i === 0 || text.charAt(i - 1) === '/')) {
      tokens.push('segments');
      i += 2;
    } else if (text.startsWith('**', i)) {
      tokens.push('across');
      i += 1;
    } else {
      tokens.push('star');
    }
  }
  return tokens;
}

function literalRun(tokens: readonly Token[]): string[] {
  const run: string[] = [];
  for (const token of tokens) {
    if (typeof token === 'string') break;
    run.push(token.char);
  }
  return run;
}

/** Simulates the glob as an automaton with all its states at once, so that there is no backtracking. */
function matchTokens(tokens: readonly Token[], key: string, from: number, to: number): boolean {
  let states = new Uint8Array(tokens.length + 1);
  let next = new Uint8Array(tokens.length + 1);
  enter(tokens, states, 0);
  for (let at = from; at < to; at += 1) {
    const char = key.charAt(at);
    next.fill(0);
    for (let i = 0; i < tokens.length; i += 1) {
      const token = tokens[i];
      if (states[i] === 0 || token === undefined) continue;
      if (token === 'across' || (token === 'star' && char !== '/')) enter(tokens, next, i);
      else if (token === 'segments') {
        if (char === '/') enter(tokens, next, i);
        else next[i] = 1;
      } else if (typeof token !== 'string' && token.char === char) enter(tokens, next, i + 1);
    }
    [states, next] = [next, states];
  }
  return (states[tokens.length] ?? 0) !== 0;
}

/**
 * Marks a state, and those after tokens that can match nothing. The automaton leaves a `segments` token only here, at the
 * start of a segment; inside a segment it continues to the next slash.
 */
function enter(tokens: readonly Token[], states: Uint8Array, state: number): void {
  let i = state;
  states[i] = 1;
  while (typeof tokens[i] === 'string') {
    i += 1;
    states[i] = 1;
  }
}
