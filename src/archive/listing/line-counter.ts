const MODE_FIRST = new Uint8Array(256);
for (const char of '-dlhbcpsCDMNSVLKA?') MODE_FIRST[char.charCodeAt(0)] = 1;
const MODE_SECOND = new Uint8Array(256);
for (const char of 'r-') MODE_SECOND[char.charCodeAt(0)] = 1;

export interface LineSink {
  /** Called with the start of each line that does not start with a mode as `tar -tvf` prints it. */
  odd?(start: number): void;
  /** Called with the start of each line. */
  every?(start: number): void;
}

/**
 * Counts line ends four bytes at a time, and finds the lines that do not start with a mode. At a third of a nanosecond
 * per byte, this is cheaper than searching for the names.
 */
export class LineCounter {
  lines = 0;
  #sink: LineSink = {};

  /** Whether a line starts with a mode. */
  static isRegular(buffer: Uint8Array, start: number): boolean {
    return MODE_FIRST[buffer[start] ?? 0] === 1 && MODE_SECOND[buffer[start + 1] ?? 0] === 1;
  }

  /** Takes only whole lines: the last byte must be a line end. */
  push(buffer: Buffer, sink: LineSink = {}): void {
    this.#sink = sink;
    this.#begin(buffer, 0);
    let at = 0;
    const aligned = (4 - (buffer.byteOffset & 3)) & 3;
    for (; at < aligned && at < buffer.length; at += 1) this.#byte(buffer, at);
    const count = (buffer.length - at) >> 2;
    const words =
      count === 0 ? new Uint32Array(0) : new Uint32Array(buffer.buffer, buffer.byteOffset + at, count);
    for (let i = 0; i < words.length; i += 1) {
      const folded = (words[i] ?? 0) ^ 0x0a0a0a0a;
      // Non-zero if one of the four bytes is a line end. May rarely be a false positive, so `byte` checks again.
      if (((folded - 0x01010101) & ~folded & 0x80808080) === 0) continue;
      const base = at + i * 4;
      this.#byte(buffer, base);
      this.#byte(buffer, base + 1);
      this.#byte(buffer, base + 2);
      this.#byte(buffer, base + 3);
    }
    for (at += words.length * 4; at < buffer.length; at += 1) this.#byte(buffer, at);
  }

  #byte(buffer: Buffer, at: number): void {
    if (buffer[at] !== 0x0a) return;
    this.lines += 1;
    if (at + 1 < buffer.length) this.#begin(buffer, at + 1);
  }

  #begin(buffer: Buffer, at: number): void {
    const { every, odd } = this.#sink;
    if (every !== undefined) every(at);
    else if (odd !== undefined && !LineCounter.isRegular(buffer, at)) odd(at);
  }
}
