/** Shorter needles would stop the search at every line. */
export const MIN_NEEDLE_BYTES = 3;
/** Longer windows would skip more, and their grams fill the filter. */
const MAX_WINDOW = 32;
const MAX_GRAM = 8;
/** With many needles, every three letters are the end of one. */
const END_BYTES = 6;
/** Hashes are kept as one bit each, in at most so many bits: 4 MiB. */
const MAX_FILTER_BITS = 1 << 25;
/** About one look at the text in 16 that hits nothing is taken for a hit. */
const BITS_PER_HASH = 8;
/** Letters that names are made of, as far as choosing the length of grams goes. */
const ALPHABET = 24;

/**
 * Many short texts to be found in bytes, in any case (ASCII), as a filter: what it finds holds a needle's window,
 * which is its last bytes, as many as the shortest needle has. The text is looked at in steps: every window that is
 * there holds one of the grams at these places, so where no window has the gram, all of them are ruled out at once.
 * Grams are as long as the number of needles asks for, so that the cost of a byte does not depend on it.
 */
export class Needles {
  readonly #window: number;
  readonly #gram: number;
  /** How many of a window's last bytes are looked at before all of it is. */
  readonly #end: number;
  readonly #grams: Filter;
  readonly #ends: Filter;
  readonly #wholes: Filter;
  /** Windows in lower case, one character per byte. */
  readonly #windows = new Set<string>();

  /** @throws Error when there is none, or one is shorter than `MIN_NEEDLE_BYTES`. */
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

  /** Where the last byte of the next window is, from `from` on; -1 when there is none. */
  next(buffer: Buffer, from: number): number {
    const gram = this.#gram;
    const grams = this.#grams;
    const window = this.#window;
    const step = window - gram + 1;
    const end = buffer.length;
    // The gram that ends at `at` is in every window that ends less than a step further.
    for (let at = from + window - 1; at < end; at += step) {
      if (!grams.has(hashOf(buffer, at - gram + 1, at))) continue;
      const found = this.#within(buffer, at, Math.min(at + step, end));
      if (found >= 0) return found;
    }
    return -1;
  }

  #within(buffer: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at += 1) {
      if (!this.#ends.has(hashOf(buffer, at - this.#end + 1, at))) continue;
      const start = at - this.#window + 1;
      if (!this.#wholes.has(hashOf(buffer, start, at))) continue;
      if (this.#windows.has(buffer.toString('latin1', start, at + 1).toLowerCase())) return at;
    }
    return -1;
  }

  #add(window: Buffer): void {
    const text = window.toString('latin1').toLowerCase();
    if (this.#windows.has(text)) return;
    this.#windows.add(text);
    const last = window.length - 1;
    for (let at = this.#gram - 1; at <= last; at += 1)
      this.#grams.add(hashOf(window, at - this.#gram + 1, at));
    this.#ends.add(hashOf(window, last - this.#end + 1, last));
    this.#wholes.add(hashOf(window, 0, last));
  }
}

/** The length of grams that costs least: long ones are rare in the text, short ones allow longer steps. */
function gramLength(needles: number, window: number): number {
  let best = { length: 2, cost: Number.POSITIVE_INFINITY };
  for (let length = 2; length <= Math.min(MAX_GRAM, window); length += 1) {
    const step = window - length + 1;
    const hits = Math.min(1, (needles * step) / ALPHABET ** length) + 1 / BITS_PER_HASH;
    const cost = (1 + length / 4 + hits * step) / step;
    if (cost < best.cost) best = { length, cost };
  }
  return best.length;
}

/** A set of hashes that may say yes wrongly, and never no. */
class Filter {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  constructor(count: number) {
    let size = 1024;
    while (size < count * BITS_PER_HASH && size < MAX_FILTER_BITS) size *= 2;
    this.#bits = new Uint32Array(size / 32);
    this.#mask = size - 1;
  }

  add(hash: number): void {
    const bit = hash & this.#mask;
    this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] as number) | (1 << (bit & 31));
  }

  has(hash: number): boolean {
    const bit = hash & this.#mask;
    return ((this.#bits[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
  }
}

/** FNV-1a, its high bits mixed into the low ones that a filter takes. Letters of either case are the same byte. */
function hashOf(bytes: Uint8Array, first: number, last: number): number {
  let hash = 0x811c9dc5;
  for (let at = first; at <= last; at += 1)
    hash = Math.imul(hash ^ ((bytes[at] as number) | 0x20), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
