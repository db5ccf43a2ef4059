/** How far back a match may reach (RFC 1951, 2). */
export const WINDOW_BYTES = 32_768;
const LONGEST_MATCH = 258;
/** The size of output pieces: small enough that a piece and the window fit into the L2 cache. */
const PIECE_BYTES = 262_144;
/** Room after the limit: for two literals of the last symbol, or one longest match. */
const SLACK_BYTES = LONGEST_MATCH + 2;

/** The output that matches may refer to, and the output that was not passed on yet. */
export class OutputWindow {
  readonly bytes = new Uint8Array(WINDOW_BYTES + PIECE_BYTES + SLACK_BYTES);
  /** At this position the output must be flushed before more is written. */
  readonly limit = WINDOW_BYTES + PIECE_BYTES;
  at = 0;
  /** Bytes of output of this stream. */
  total = 0;
  /** Whether the last run of symbols reached the end of its block. */
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

  /** Continues a stream of which `total` bytes were written elsewhere, the last of them `window`. */
  resume(window: Uint8Array, total: number): void {
    this.bytes.set(window);
    this.at = window.length;
    this.total = total;
    this.#handedTo = this.at;
  }

  append(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
    this.total += bytes.length;
  }

  /** Passes on new output and keeps the last 32 KiB. */
  flush(): void {
    if (this.at > this.#handedTo) this.#handOver(this.bytes.subarray(this.#handedTo, this.at));
    if (this.at >= WINDOW_BYTES + PIECE_BYTES / 2) {
      this.bytes.copyWithin(0, this.at - WINDOW_BYTES, this.at);
      this.at = WINDOW_BYTES;
    }
    this.#handedTo = this.at;
  }

  /** A copy of the last 32 KiB of output, or of all if there is less. */
  last(): Uint8Array {
    return this.bytes.slice(Math.max(this.at - Math.min(this.total, WINDOW_BYTES), 0), this.at);
  }
}
