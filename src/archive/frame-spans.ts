import { createHash, type Hash } from 'node:crypto';
import { type Checkpoint, packWindow } from './index/checkpoint.js';

/**
 * Groups the independent, consecutive parts of a compressed file (zstd frames, xz blocks) into spans, and creates a
 * checkpoint for each span.
 */
export class FrameSpans {
  readonly #done: Checkpoint[] = [];
  #usable = true;
  #hash = createHash('sha256');
  /** The hash up to the end of the last part; what follows may belong to no part. */
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
   * @param firstAt the offset of the first part
   * @param prelude what a decoder needs before any part: the stream header of an xz file
   */
  constructor(spanBytes: number, firstAt: number, prelude: () => Uint8Array) {
    this.#spanBytes = spanBytes;
    this.#prelude = prelude;
    this.#hashedTo = firstAt;
    this.#spanStart = firstAt;
    this.#spanEnd = firstAt;
  }

  /** Takes the next bytes of the file. `walk` finds the parts that end in them and calls `part` for each. */
  push(chunk: Uint8Array, walk: (chunk: Uint8Array) => void): void {
    this.#chunk = chunk;
    walk(chunk);
    this.#hashTo(this.#chunkAt + chunk.length);
    this.#chunkAt += chunk.length;
  }

  /** A part ended. `outputBytes` is undefined if only decoding would tell; then there are no checkpoints. */
  part(end: number, outputBytes: number | undefined): void {
    if (outputBytes === undefined) this.unusable();
    else this.#spanOutput += outputBytes;
    this.#hashTo(end);
    this.#spanEnd = end;
    if (this.#spanOutput >= this.#spanBytes) this.#close(this.#hash);
    else this.#hashAtEnd = this.#hash.copy();
  }

  /** The file has other data between its parts, so there are no checkpoints. */
  unusable(): void {
    this.#usable = false;
  }

  /** The checkpoints, after the end of the file; none if there is only one part. */
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
