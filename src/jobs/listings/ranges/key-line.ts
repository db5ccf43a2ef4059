/** A set of UTF-16 units, as ascending inclusive ranges. */
type Alphabet = readonly (readonly [number, number])[];

const DIGITS: Alphabet = [[0x30, 0x39]];
const HEX: Alphabet = [...DIGITS, [0x61, 0x66]];
const LOWER: Alphabet = [[0x61, 0x7a]];
const UPPER: Alphabet = [[0x41, 0x5a]];
const PRINTABLE: Alphabet = [[0x20, 0x7e]];
/** Everything between ASCII and the surrogates. */
const WIDE: Alphabet = [[0x80, 0xd7ff]];

/** More digits than this are of no use: two keys differ much earlier. */
const MAX_PLACES = 64;

/** One digit of a key's number: one character, or two that form a month, a day or a part of a time. */
interface Place {
  at: number;
  width: number;
  radix: number;
  textOf(digit: number): string;
  rankOf(text: string): Rank;
}

type Rank = 'above' | 'below' | { digit: number; exact: boolean };

/**
 * Maps keys to numbers, so that the middle between two keys can be computed. From position `from` to `to`, each
 * character of `model` is a digit of the alphabet that it seems to belong to. Dates count in months and days, and other
 * characters stay fixed. This only guesses how keys are formed; only the choice of split points depends on it.
 */
export class KeyLine {
  readonly #head: string;
  readonly #places: Place[] = [];

  constructor(model: string, from: number, to: number, neighbor: string | undefined) {
    this.#head = model.slice(0, from);
    const end = Math.min(Math.max(to, from + 1), from + MAX_PLACES, Math.max(model.length, from + 1));
    const calendar = calendarPlaces(model);
    for (let at = from; at < end; at += this.#places.at(-1)?.width ?? 1) {
      const fitting = calendar.get(at);
      const first = at === from && !(fitting && neighbor !== undefined && isOf(fitting, neighbor));
      this.#places.push(
        (first ? undefined : fitting) ?? characterPlace(model, at, first ? neighbor : undefined),
      );
    }
  }

  /** One more than the largest number. */
  get end(): bigint {
    return this.#places.reduce((product, place) => product * BigInt(place.radix), 1n);
  }

  /** The number of a key with the same head. A key that fits no number gets that of its nearest neighbor. */
  numberOf(key: string): bigint {
    let value = 0n;
    let beyond: 'no' | 'below' | 'above' = 'no';
    for (const place of this.#places) {
      const text = key.slice(place.at, place.at + place.width);
      const rank: Rank = beyond === 'no' ? place.rankOf(text) : beyond;
      if (rank === 'above' || rank === 'below') beyond = rank;
      else if (!rank.exact) beyond = 'below';
      const digit = rank === 'above' ? place.radix - 1 : rank === 'below' ? 0 : rank.digit;
      value = value * BigInt(place.radix) + BigInt(digit);
    }
    return value;
  }

  keyOf(value: bigint): string {
    let rest = value;
    let tail = '';
    for (const place of this.#places.toReversed()) {
      tail = place.textOf(Number(rest % BigInt(place.radix))) + tail;
      rest /= BigInt(place.radix);
    }
    return this.#head + tail;
  }
}

/** The months, days, hours, minutes and seconds of dates like `2026-04-24T01:02:03`, `2026/04/24`, `20260424`. */
function calendarPlaces(model: string): Map<number, Place> {
  const places = new Map<number, Place>();
  const dates =
    /(?:19|20)\d\d([-_/.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?:[-_T/. ]?(?:[01]\d|2[0-3])([-_:.]?)[0-5]\d(?:\2[0-5]\d)?)?/g;
  for (const match of model.matchAll(dates)) {
    const inDate = [...match[0].matchAll(/\d\d/g)].map((pair) => match.index + pair.index);
    for (const [index, at] of inDate.entries()) {
      // The first two pairs are the year.
      const bounds = CALENDAR[index - 2];
      if (bounds !== undefined) places.set(at, pairPlace(at, ...bounds));
    }
  }
  return places;
}

const CALENDAR: readonly (readonly [number, number])[] = [
  [1, 12],
  [1, 31],
  [0, 23],
  [0, 59],
  [0, 59],
];

function pairPlace(at: number, min: number, max: number): Place {
  return {
    at,
    width: 2,
    radix: max - min + 1,
    textOf: (digit) => String(digit + min).padStart(2, '0'),
    rankOf: (text) => {
      if (!/^\d\d$/.test(text)) return text > String(max) ? 'above' : 'below';
      const value = Number(text);
      return value > max ? 'above' : value < min ? 'below' : { digit: value - min, exact: true };
    },
  };
}

function isOf(place: Place, key: string): boolean {
  return typeof place.rankOf(key.slice(place.at, place.at + place.width)) === 'object';
}

function characterPlace(model: string, at: number, neighbor: string | undefined): Place {
  const fixed = model.charAt(at);
  const varied = neighbor === undefined ? alphabetOf(model, at) : firstAlphabet(model, at, neighbor);
  const alphabet: Alphabet = varied ?? [[model.charCodeAt(at), model.charCodeAt(at)]];
  return {
    at,
    width: 1,
    radix: sizeOf(alphabet),
    textOf: (digit) => (varied === undefined ? fixed : charOf(alphabet, digit)),
    rankOf: (text) => rankIn(alphabet, text.charCodeAt(0)),
  };
}

function rankIn(alphabet: Alphabet, unit: number): Rank {
  if (Number.isNaN(unit)) return 'below';
  let digit = 0;
  for (const [first, last] of alphabet) {
    if (unit < first) return digit === 0 ? 'below' : { digit, exact: false };
    if (unit <= last) return { digit: digit + unit - first, exact: true };
    digit += last - first + 1;
  }
  return 'above';
}

function charOf(alphabet: Alphabet, digit: number): string {
  let rest = digit;
  for (const [first, last] of alphabet) {
    const size = last - first + 1;
    if (rest < size) return String.fromCharCode(first + rest);
    rest -= size;
  }
  throw new RangeError('no such digit');
}

function sizeOf(alphabet: Alphabet): number {
  return alphabet.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

function holds(alphabet: Alphabet, unit: number): boolean {
  return alphabet.some(([first, last]) => unit >= first && unit <= last);
}

/** Two known keys differ at the first position, so the alphabet must contain both characters. */
function firstAlphabet(model: string, at: number, neighbor: string | undefined): Alphabet | undefined {
  const own = alphabetOf(model, at);
  const unit = neighbor?.charCodeAt(at);
  if (unit === undefined || (own !== undefined && holds(own, unit))) return own;
  const mine = model.charCodeAt(at);
  const printable = (x: number): boolean => Number.isNaN(x) || holds(PRINTABLE, x);
  return printable(mine) && printable(unit) ? PRINTABLE : own;
}

function alphabetOf(model: string, at: number): Alphabet | undefined {
  const unit = model.charCodeAt(at);
  if (holds(WIDE, unit)) return WIDE;
  if (!holds(DIGITS, unit) && !holds(LOWER, unit) && !holds(UPPER, unit)) return undefined;
  if (holds(HEX, unit) && isHexWord(model, at)) return HEX;
  return [DIGITS, LOWER, UPPER].find((alphabet) => holds(alphabet, unit));
}

/** A run of eight or more hexadecimal characters, with both letters and digits: a digest or an identifier. */
function isHexWord(model: string, at: number): boolean {
  const isWord = (index: number): boolean => /[0-9a-zA-Z]/.test(model.charAt(index));
  let start = at;
  let end = at;
  while (isWord(start - 1)) start -= 1;
  while (isWord(end)) end += 1;
  const word = model.slice(start, end);
  return word.length >= 8 && /^[0-9a-f]+$/.test(word) && /[a-f]/.test(word) && /[0-9]/.test(word);
}
