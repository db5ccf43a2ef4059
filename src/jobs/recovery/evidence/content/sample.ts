/** The part of a content that is checked: the first megabyte and the last 64 KiB. */
export interface ContentSample {
  sizeBytes: number;
  head: Uint8Array;
  /** The last bytes; overlaps `head` if the content is small. */
  tail: Uint8Array;
}

/** Large enough to parse an entire notebook or JSON document of ordinary size. */
export const HEAD_BYTES = 1024 * 1024;
/** A zip end record with the longest comment has 65,557 bytes; that of a PDF is within the last 1,024. */
export const TAIL_BYTES = 64 * 1024 + 64;

/** Collects a sample from chunks as they pass. */
export class Sampler {
  readonly #head: Uint8Array[] = [];
  #headBytes = 0;
  #tail = Buffer.alloc(0);
  #sizeBytes = 0;

  push(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    if (this.#headBytes < HEAD_BYTES) {
      const piece = Buffer.from(chunk.subarray(0, HEAD_BYTES - this.#headBytes));
      this.#head.push(piece);
      this.#headBytes += piece.length;
    }
    this.#tail =
      chunk.length >= TAIL_BYTES
        ? Buffer.from(chunk.subarray(chunk.length - TAIL_BYTES))
        : Buffer.concat([
            this.#tail.subarray(Math.max(0, this.#tail.length + chunk.length - TAIL_BYTES)),
            chunk,
          ]);
  }

  sample(): ContentSample {
    return { sizeBytes: this.#sizeBytes, head: Buffer.concat(this.#head), tail: this.#tail };
  }
}
