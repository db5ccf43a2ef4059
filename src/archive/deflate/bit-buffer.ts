/** Bits that were taken out of the input and not used yet: the lowest of `hold` is the next. */
export interface BitBuffer {
  hold: number;
  bits: number;
}

/** Takes bits of a block's header; the caller made sure that the longest header is there. */
export class BitReader {
  constructor(
    private readonly input: Uint8Array,
    public at: number,
    private readonly buffer: BitBuffer,
  ) {}

  /** The next `count` bits, which stay. */
  peek(count: number): number {
    const { buffer } = this;
    while (buffer.bits < count) {
      buffer.hold |= (this.input[this.at] as number) << buffer.bits;
      this.at += 1;
      buffer.bits += 8;
    }
    return buffer.hold & ((1 << count) - 1);
  }

  drop(count: number): void {
    this.buffer.hold >>>= count;
    this.buffer.bits -= count;
  }

  take(count: number): number {
    const value = this.peek(count);
    this.drop(count);
    return value;
  }
}
