import { createHash, type Hash } from 'node:crypto';
import { type Checkpoint, packWindow } from './index/checkpoint.js';

/**
 * Makes checkpoints out of the independent parts of a compressed file (zstd frames, xz blocks), which follow each
 * other without a gap: as many parts together as make a span.
 */
export class FrameSpans {
  readonly #done: Checkpoint[] = [];
  #usable = true;
  #hash = createHash('sha256');
  /** What was hashed up to the end of the last part: behind it may come what belongs to no part. */
  #hashAtEnd = this.#hash;
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkAt = 0;
  #hashedTo: number;
  #spanStart: number;
  #spanEnd: number;
  #outputAt = 0;
  #spanOutput = 0;
  readonly #spanBytes: number;
  readonly #prelude: () => Uint8Array;

  /**
   * @param firstAt where the first part begins
   * @param prelude what the decoder must see before any part: the stream header of an xz file
   */
  constructor(spanBytes: number, firstAt: number, prelude: () => Uint8Array) {
    this.#spanBytes = spanBytes;
    this.#prelude = prelude;
    this.#hashedTo = firstAt;
    this.#spanStart = firstAt;
    this.#spanEnd = firstAt;
  }

  /** The file's next bytes; `walk` finds the parts that end in them and tells each to `part`. */
  push(chunk: Uint8Array, walk: (chunk: Uint8Array) => void): void {
    this.#chunk = chunk;
    walk(chunk);
    this.#hashTo(this.#chunkAt + chunk.length);
    this.#chunkAt += chunk.length;
  }

  /** A part ended; `outputBytes` is undefined where only decoding would tell, and then there are no checkpoints. */
  part(end: number, outputBytes: number | undefined): void {
    if (outputBytes === undefined) this.unusable();
    else this.#spanOutput += outputBytes;
    this.#hashTo(end);
    this.#spanEnd = end;
    if (this.#spanOutput >= this.#spanBytes) this.#close(this.#hash);
    else this.#hashAtEnd = this.#hash.copy();
  }

  /** The file has something between its parts: no checkpoints. */
  unusable(): void {
    this.#usable = false;
  }

  /** The checkpoints, once the file is over; none where there is but one part. */
  finish(outputBytes: number): readonly Checkpoint[] {
    if (this.#spanOutput > 0) this.#close(this.#hashAtEnd);
    const complete = this.#usable && this.#outputAt === outputBytes;
    return complete && this.#done.length > 1 ? this.#done : [];
  }

  #hashTo(to: number): void {
    if (to <= this.#hashedTo) return;
    this.#hash.update(this.#chunk.subarray(this.#hashedTo - this.#chunkAt, to - this.#chunkAt));
    this.#hashedTo = to;
  }

  #close(hash: Hash): void {
    const prelude = this.#prelude();
    this.#done.push({
      compressedAt: this.#spanStart,
      compressedEnd: this.#spanEnd,
      outputAt: this.#outputAt,
      outputEnd: this.#outputAt + this.#spanOutput,
      bit: 0,
      packedWindow: packWindow(prelude),
      windowBytes: prelude.length,
      spanSha256: hash.digest(),
    });
    this.#outputAt += this.#spanOutput;
    this.#spanOutput = 0;
    this.#spanStart = this.#spanEnd;
    this.#hash = createHash('sha256');
  }
}
