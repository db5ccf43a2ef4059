/** Shorter needles would match in almost every line. */
export const MIN_NEEDLE_BYTES = 3;
/** Longer windows would allow longer steps, but their grams would fill the filter. */
const MAX_WINDOW = 32;
const MAX_GRAM = 8;
/** With many needles, nearly every three letters are the end of one, so compare more. */
const END_BYTES = 6;
/** The maximum size of a filter: 4 MiB. */
const MAX_FILTER_BITS = 1 << 25;
/** Sets the rate of false positives to 3 % at most, as long as the filter may grow. */
const BITS_PER_HASH = 8;
const FALSE_POSITIVES = 0.03;
/** The assumed alphabet size of names, for choosing the gram length. */
const ALPHABET = 24;

/**
 * Finds many short texts in bytes, ignoring ASCII case, as a filter: each hit contains the window of a needle, which is
 * its last bytes (as many as the shortest needle has). The text is sampled in steps: every window in the text contains
 * the gram at one of the sampled positions, so if no needle has that gram, all windows there are ruled out at once. The
 * gram length depends on the number of needles, so that the cost per byte does not.
 */
export class Needles {
  readonly #window: number;
  readonly #gram: number;
  /** How many of a window's last bytes are compared before all of it. */
  readonly #end: number;
  readonly #grams: Filter;
  readonly #ends: Filter;
  readonly #wholes: Filter;
  /** Windows in lower case, one character per byte. */
  readonly #windows = new Set<string>();

  /** @throws Error if there are no needles or one is shorter than `MIN_NEEDLE_BYTES` */
  constructor(texts: Iterable<string>) {
    const needles = Array.from(new Set(texts), (text) => Buffer.from(text.toLowerCase()));
    let shortest = Number.POSITIVE_INFINITY;
    for (const needle of needles) shortest = Math.min(shortest, needle.length);
    if (needles.length === 0 || shortest < MIN_NEEDLE_BYTES)
      throw new Error('needles are missing or too short');
    this.#window = Math.min(shortest, MAX_WINDOW);
    this.#end = Math.min(this.#window, END_BYTES);
    this.#gram = gramLength(needles.length, this.#window);
    this.#grams = new Filter(needles.length * (this.#window - this.#gram + 1));
    this.#ends = new Filter(needles.length);
    this.#wholes = new Filter(needles.length);
    for (const needle of needles) this.#add(needle.subarray(needle.length - this.#window));
  }

  /** The position of the last byte of the next window, starting at `from`; -1 if there is none. */
  next(buffer: Buffer, from: number): number {
    const gram = this.#gram;
    const grams = this.#grams;
    const window = this.#window;
    const step = window - gram + 1;
    const end = buffer.length;
    const words = wordsOf(buffer);
    // Every window that ends less than a step further contains the gram that ends at `at`.
    for (let at = from + window - 1; at < end; at += step) {
      if (!grams.has(hashOf(words, at - gram + 1, at))) continue;
      const found = this.#within(buffer, words, { from: at, to: Math.min(at + step, end) });
      if (found >= 0) return found;
    }
    return -1;
  }

  #within(buffer: Buffer, words: DataView, { from, to }: { from: number; to: number }): number {
    for (let at = from; at < to; at += 1) {
      if (!this.#ends.has(hashOf(words, at - this.#end + 1, at))) continue;
      const start = at - this.#window + 1;
      if (!this.#wholes.has(hashOf(words, start, at))) continue;
      if (this.#windows.has(buffer.toString('latin1', start, at + 1).toLowerCase())) return at;
    }
    return -1;
  }

  #add(window: Buffer): void {
    const text = window.toString('latin1').toLowerCase();
    if (this.#windows.has(text)) return;
    this.#windows.add(text);
    const last = window.length - 1;
    const words = wordsOf(window);
    for (let at = this.#gram - 1; at <= last; at += 1)
      this.#grams.add(hashOf(words, at - this.#gram + 1, at));
    this.#ends.add(hashOf(words, last - this.#end + 1, last));
    this.#wholes.add(hashOf(words, 0, last));
  }
}

function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The cheapest gram length: long grams are rare in the text, short ones allow longer steps. */
function gramLength(needles: number, window: number): number {
  let best = { length: 2, cost: Number.POSITIVE_INFINITY };
  for (let length = 2; length <= Math.min(MAX_GRAM, window); length += 1) {
    const step = window - length + 1;
    const hits = Math.min(1, (needles * step) / ALPHABET ** length) + FALSE_POSITIVES;
    const cost = (1 + length / 4 + hits * step) / step;
    if (cost < best.cost) best = { length, cost };
  }
  return best.length;
}

/**
 * A set of hashes with false positives but no false negatives: three bits of one word for each hash, so that a lookup
 * reads memory once.
 */
class Filter {
  readonly #words: Uint32Array;
  readonly #mask: number;

  constructor(count: number) {
    let bits = 1024;
    while (bits < count * BITS_PER_HASH && bits < MAX_FILTER_BITS) bits *= 2;
    this.#words = new Uint32Array(bits / 32);
    this.#mask = bits / 32 - 1;
  }

  add(hash: number): void {
    const at = hash & this.#mask;
    this.#words[at] = (this.#words[at] as number) | bitsOf(hash);
  }

  has(hash: number): boolean {
    const bits = bitsOf(hash);
    return ((this.#words[hash & this.#mask] as number) & bits) === bits;
  }
}

/** Three bits that do not depend on those that select the word. */
function bitsOf(hash: number): number {
  const other = Math.imul(hash, 0x9e3779b1);
  return (1 << (other >>> 27)) | (1 << ((other >>> 22) & 31)) | (1 << ((other >>> 17) & 31));
}

/** Ignores ASCII case. Reads words, because it is called for every few bytes of a listing. */
function hashOf(words: DataView, first: number, last: number): number {
  const length = last - first + 1;
  let hash = length;
  if (length < 4) {
    for (let at = first; at <= last; at += 1) hash = mixed(hash, words.getUint8(at) | 0x20);
    return hash;
  }
  for (let at = first; at < last - 3; at += 4) hash = mixed(hash, words.getInt32(at, true) | CASE);
  return mixed(hash, words.getInt32(last - 3, true) | CASE);
}

/** The bit in each byte of a word that upper and lower case differ in. */
const CASE = 0x20202020;

function mixed(hash: number, word: number): number {
  const sum = Math.imul(hash ^ word, 0x85ebca6b);
  return Math.imul(sum ^ (sum >>> 15), 0xc2b2ae35) ^ (sum >>> 13);
}
