/** How far back a match may reach (RFC 1951, 2). */
export const WINDOW_BYTES = 32_768;
const LONGEST_MATCH = 258;
/** Output is handed over in pieces of this size; with the window before it, it still fits the L2 cache. */
const PIECE_BYTES = 262_144;
/** Room behind the limit: the last symbol's two literals, or one longest match. */
const SLACK_BYTES = LONGEST_MATCH + 2;

/** The output that matches may refer to, and what was not handed over yet. */
export class OutputWindow {
  readonly bytes = new Uint8Array(WINDOW_BYTES + PIECE_BYTES + SLACK_BYTES);
  /** Where more output is only written after what there is was handed over. */
  readonly limit = WINDOW_BYTES + PIECE_BYTES;
  at = 0;
  /** Bytes of output of this stream. */
  total = 0;
  /** Whether the last run of symbols came to the end of its block. */
  blockEnded = false;
  #handedTo = 0;
  readonly #handOver: (bytes: Uint8Array) => void;

  constructor(handOver: (bytes: Uint8Array) => void) {
    this.#handOver = handOver;
  }

  get isFull(): boolean {
    return this.at >= this.limit;
  }

  reset(): void {
    this.at = 0;
    this.total = 0;
    this.#handedTo = 0;
  }

  append(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
    this.total += bytes.length;
  }

  /** Hands over what is new, and keeps the last 32 KiB. */
  flush(): void {
    if (this.at > this.#handedTo) this.#handOver(this.bytes.subarray(this.#handedTo, this.at));
    if (this.at >= WINDOW_BYTES + PIECE_BYTES / 2) {
      this.bytes.copyWithin(0, this.at - WINDOW_BYTES, this.at);
      this.at = WINDOW_BYTES;
    }
    this.#handedTo = this.at;
  }

  /** A copy of the stream's last 32 KiB of output, or of all where there is less. */
  last(): Uint8Array {
    return this.bytes.slice(Math.max(this.at - Math.min(this.total, WINDOW_BYTES), 0), this.at);
  }
}
