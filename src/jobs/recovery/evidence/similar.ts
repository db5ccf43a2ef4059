import { isCommonStem } from './generic.js';

/** A name split for comparison: case folded, split at `-`, `_`, `.`, spaces, and brackets. */
export interface NameTokens {
  tokens: readonly string[];
  /** With its dot, without a compression suffix; empty when there is none. */
  extension: string;
}

const COMPRESSION = /\.(?:gz|bz2|xz|zst|lz4|z)$/;
/** A part that has only digits is a date or number, not an extension. */
const EXTENSION = /\.(?=[a-z0-9]*[a-z])[a-z0-9]{1,12}$/;
const SEPARATORS = /[-_.\s()[\]{}<>]+/;
/** A name with more parts than this is not compared: it would take too long. */
const MAX_TOKENS = 64;

/** Splits a basename for comparison. */
export function tokensOf(basename: string): NameTokens {
  const lower = basename.normalize('NFC').toLowerCase();
  const whole = lower.replace(COMPRESSION, '');
  const found = EXTENSION.exec(whole)?.[0] ?? '';
  const extension = found.length === whole.length ? '' : found;
  const stem = whole.slice(0, whole.length - extension.length);
  const tokens = stem.split(SEPARATORS).filter((token) => token !== '');
  return { tokens: tokens.slice(0, MAX_TOKENS), extension };
}

/**
 * Whether two names may refer to one file: the tokens of one occur, in order, in the tokens of the other, and the
 * extensions match. `run-27327bdca.csv` and `run-d0ea74128.csv` are not similar. This is only a hint.
 */
export function areSimilar(a: NameTokens, b: NameTokens): boolean {
  if (a.extension !== b.extension || a.tokens.length === 0 || b.tokens.length === 0) return false;
  return a.tokens.length <= b.tokens.length
    ? isContained(a.tokens, b.tokens)
    : isContained(b.tokens, a.tokens);
}

function isContained(short: readonly string[], long: readonly string[]): boolean {
  let at = 0;
  for (const token of long) if (token === short[at]) at += 1;
  return at === short.length;
}

/** A dated report is distinguished by its date, so that this word alone is enough for a hint. */
const ENOUGH_FOR_A_HINT = new Set(['report']);

function saysNothing(token: string): boolean {
  return isCommonStem(token) && !ENOUGH_FOR_A_HINT.has(token);
}

/** Whether a name is too common to be similar to anything: `data.csv`, `01.png`. */
export function saysTooLittle({ tokens }: NameTokens): boolean {
  const said = tokens.filter((token) => !/^(?:\d+|v\d+)$/.test(token));
  return said.length === 0 || (said.length === 1 && saysNothing(said[0] ?? ''));
}

/**
 * The tokens that a search for similar names uses: all that are long enough and contain a letter, otherwise the longest
 * one of at least three characters. Two similar names share at least one of them.
 */
export function tellingTokens({ tokens }: NameTokens): string[] {
  const plain = tokens.filter((token) => /^[a-z0-9]*[a-z][a-z0-9]*$/.test(token) && !saysNothing(token));
  const long = plain.filter((token) => token.length >= 4);
  return long.length > 0 ? long : plain.filter((token) => token.length === 3);
}
