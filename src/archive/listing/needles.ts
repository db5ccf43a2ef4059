/** Shorter needles would stop the search at every line; a candidate is compared by its last three bytes. */
export const MIN_NEEDLE_BYTES = 3;
/** Skips are kept in a byte each. */
const MAX_WINDOW = 250;

/**
 * Many short texts to be found in bytes, in any case (ASCII), as a filter: what it finds holds a needle's window,
 * which is its last bytes, as many as the shortest needle has. Wu and Manber's shift table over pairs of bytes:
 * most pairs belong to no needle, and the search jumps by nearly the length of the shortest.
 */
export class Needles {
  private readonly window: number;
  private readonly shift = new Uint8Array(65_536);
  private readonly windows = new Map<number, Uint8Array[]>();

  /** @throws Error when there is none, or one is shorter than `MIN_NEEDLE_BYTES`. */
  constructor(texts: Iterable<string>) {
    const needles = [...new Set([...texts].map((text) => text.toLowerCase()))].map((text) =>
      Buffer.from(text),
    );
    const shortest = Math.min(...needles.map((needle) => needle.length));
    if (needles.length === 0 || shortest < MIN_NEEDLE_BYTES)
      throw new Error('needles are missing or too short');
    this.window = Math.min(shortest, MAX_WINDOW);
    this.shift.fill(this.window - 1);
    for (const needle of needles) this.add(needle.subarray(needle.length - this.window));
  }

  /** Where the last byte of the next window is, from `from` on; -1 when there is none. */
  next(buffer: Buffer, from: number): number {
    const { shift, window } = this;
    const end = buffer.length;
    let at = from + window - 1;
    while (at < end) {
      const skip = shift[((buffer[at - 1] as number) << 8) | (buffer[at] as number)] as number;
      if (skip === 0) {
        if (this.matches(buffer, at)) return at;
        at += 1;
      } else at += skip;
    }
    return -1;
  }

  private add(window: Uint8Array): void {
    const length = window.length;
    for (let j = 1; j < length; j += 1) {
      for (const pair of pairs(window[j - 1] ?? 0, window[j] ?? 0)) {
        this.shift[pair] = Math.min(this.shift[pair] ?? 0, length - 1 - j);
      }
    }
    const key = this.key(window, length - 1);
    this.windows.set(key, [...(this.windows.get(key) ?? []), window]);
  }

  /** The last three bytes, folded: few windows share them. */
  private key(buffer: Uint8Array, at: number): number {
    return (fold(buffer[at - 2] ?? 0) << 16) | (fold(buffer[at - 1] ?? 0) << 8) | fold(buffer[at] ?? 0);
  }

  private matches(buffer: Buffer, at: number): boolean {
    const candidates = this.windows.get(this.key(buffer, at));
    return candidates?.some((window) => endsWith(buffer, at, window)) ?? false;
  }
}

function endsWith(buffer: Buffer, at: number, window: Uint8Array): boolean {
  const start = at - window.length + 1;
  for (let j = 0; j < window.length; j += 1) {
    if (fold(buffer[start + j] ?? 0) !== window[j]) return false;
  }
  return true;
}

function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function pairs(a: number, b: number): number[] {
  return cases(a).flatMap((first) => cases(b).map((second) => (first << 8) | second));
}

function cases(byte: number): number[] {
  return byte >= 0x61 && byte <= 0x7a ? [byte, byte & ~0x20] : [byte];
}
