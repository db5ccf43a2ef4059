import type { DigestAlgorithm } from '../core/recorded-digest.js';
import type { FoundFile, PartRequest, ReadResult } from './port.js';

/** One file that is waiting to be read, and the callbacks for its result. */
export interface PendingRead {
  file: FoundFile;
  algorithms: readonly DigestAlgorithm[];
  part?: PartRequest | undefined;
  resolve(result: ReadResult): void;
  reject(error: Error): void;
}

/** At most this many files per message. Small files are batched, because a message costs as much as reading one. */
const MAX_FILES = 64;
/** At most this much per message, so that no other thread runs out of work. */
const MAX_BYTES = 1 << 20;
/** At a limited rate, at most this much time per message, so that the first file does not wait long for the last. */
const MAX_SECONDS = 0.25;

/** Files that are waiting for a thread, first come, first served. */
export class ReadQueue {
  #maxBytes = MAX_BYTES;
  #waiting: PendingRead[] = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#waiting.length - this.#head;
  }

  /** Of all that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  setRate(bytesPerSecond: number | undefined): void {
    this.#maxBytes = Math.min(MAX_BYTES, (bytesPerSecond ?? Number.POSITIVE_INFINITY) * MAX_SECONDS);
  }

  push(read: PendingRead): void {
    this.#waiting.push(read);
    this.#bytes += read.file.identity.sizeBytes;
  }

  /** Takes files for the next message: at least one, and at most the fair share of one thread. */
  take(threads: number): PendingRead[] {
    const share = Math.min(MAX_FILES, Math.max(1, Math.ceil(this.length / threads)));
    const taken: PendingRead[] = [];
    let bytes = 0;
    while (taken.length < share && this.length > 0) {
      const next = this.#waiting[this.#head];
      if (!next || (taken.length > 0 && bytes + next.file.identity.sizeBytes > this.#maxBytes)) break;
      bytes += next.file.identity.sizeBytes;
      taken.push(next);
      this.#head += 1;
    }
    this.#bytes -= bytes;
    this.#compact();
    return taken;
  }

  takeAll(): PendingRead[] {
    const rest = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    this.#bytes = 0;
    return rest;
  }

  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}
