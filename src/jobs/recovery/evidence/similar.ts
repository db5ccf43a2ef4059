import { isCommonStem } from './generic.js';

/** A name as similarity sees it: its case folded, cut at `-`, `_`, `.`, blanks and brackets. */
export interface NameTokens {
  tokens: readonly string[];
  /** With its dot, a compression suffix taken off; empty when there is none. */
  extension: string;
}

const COMPRESSION = /\.(?:gz|bz2|xz|zst|lz4|z)$/;
/** A part of digits only is a date or a number, not an extension. */
const EXTENSION = /\.(?=[a-z0-9]*[a-z])[a-z0-9]{1,12}$/;
const SEPARATORS = /[-_.\s()[\]{}<>]+/;
/** More parts than this make no name, and comparing them would cost without end. */
const MAX_TOKENS = 64;

/** Cuts a basename into what similarity compares. */
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
 * Whether two names may stand for one file: the tokens of one are contained, in order, in the tokens of the other,
 * and the extensions agree. `run-27327bdca.csv` and `run-d0ea74128.csv` contradict each other. Only ever a hint.
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

/** A dated report is told from others by its date, so that this one word says enough for a hint. */
const ENOUGH_FOR_A_HINT = new Set(['report']);

function saysNothing(token: string): boolean {
  return isCommonStem(token) && !ENOUGH_FOR_A_HINT.has(token);
}

/** Whether a name says so little that nothing is similar to it: `data.csv`, `01.png`. */
export function saysTooLittle({ tokens }: NameTokens): boolean {
  const said = tokens.filter((token) => !/^(?:\d+|v\d+)$/.test(token));
  return said.length === 0 || (said.length === 1 && saysNothing(said[0] ?? ''));
}

/**
 * The tokens that a search looks for to find similar names: all that are long enough and hold a letter, or the longest
 * of three characters where there is none. Two similar names have at least one in common.
 */
export function tellingTokens({ tokens }: NameTokens): string[] {
  const plain = tokens.filter((token) => /^[a-z0-9]*[a-z][a-z0-9]*$/.test(token) && !saysNothing(token));
  const long = plain.filter((token) => token.length >= 4);
  return long.length > 0 ? long : plain.filter((token) => token.length === 3);
}
