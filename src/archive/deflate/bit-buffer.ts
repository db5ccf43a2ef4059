/** Bits that were read but not used yet: the lowest bit of `hold` is the next. */
export interface BitBuffer {
  hold: number;
  bits: number;
}

/** Reads the bits of a block header. The caller must ensure that the longest possible header is available. */
export class BitReader {
  readonly #input: Uint8Array;
  at: number;
  readonly #buffer: BitBuffer;

  constructor(input: Uint8Array, at: number, buffer: BitBuffer) {
    this.#input = input;
    this.at = at;
    this.#buffer = buffer;
  }

  /** The next `count` bits, without consuming them. */
  peek(count: number): number {
    const buffer = this.#buffer;
    while (buffer.bits < count) {
      buffer.hold |= (this.#input[this.at] as number) << buffer.bits;
      this.at += 1;
      buffer.bits += 8;
    }
    return buffer.hold & ((1 << count) - 1);
  }

  drop(count: number): void {
    this.#buffer.hold >>>= count;
    this.#buffer.bits -= count;
  }

  take(count: number): number {
    const value = this.peek(count);
    this.drop(count);
    return value;
  }
}
