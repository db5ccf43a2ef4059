import { Worker } from 'node:worker_threads';
import { programFile } from '../core/program-files.js';
import type { DigestAlgorithm } from '../core/recorded-digest.js';
import { createRing, type Ring, type SecondTask, SLOTS, views } from './second-thread-ring.js';

/** A live thread hashes a slot in milliseconds; after this time it is considered dead. */
const LOST_MS = 120_000;

/**
 * Hashes on a separate thread what this one reads, so that a file with a recorded MD5 takes no longer than the slower
 * of the two hashes. All waits are synchronous, because the reading thread reads synchronously.
 */
export class SecondThread {
  readonly #ring: Ring;
  readonly #slots: readonly Buffer[];
  readonly #worker: Worker;
  #produced = 0;

  constructor(slotBytes: number, script = programFile('files/second-thread-worker.js')) {
    const shared = createRing(slotBytes);
    this.#worker = new Worker(script, { workerData: shared });
    // End together with the reading thread.
    this.#worker.unref();
    const { ring, slots } = views(shared);
    this.#ring = ring;
    this.#slots = slots;
  }

  begin(algorithms: readonly DigestAlgorithm[]): void {
    this.#produced = 0;
    Atomics.store(this.#ring.produced, 0, 0);
    Atomics.store(this.#ring.consumed, 0, 0);
    Atomics.store(this.#ring.done, 0, 0);
    this.#worker.postMessage({ algorithms } satisfies SecondTask);
  }

  /** A free buffer to read into. */
  slot(): Buffer {
    for (;;) {
      const consumed = Atomics.load(this.#ring.consumed, 0);
      if (this.#produced - consumed < SLOTS) break;
      this.#wait(this.#ring.consumed, consumed);
    }
    return this.#slots[this.#produced % SLOTS] ?? Buffer.alloc(0);
  }

  /** Passes on what was read into the slot. */
  push(bytes: number): void {
    Atomics.store(this.#ring.lengths, this.#produced % SLOTS, bytes);
    this.#produced += 1;
    Atomics.store(this.#ring.produced, 0, this.#produced);
    Atomics.notify(this.#ring.produced, 0);
  }

  /** The digests in the order of the algorithms, in hex. Must be called even if they are no longer needed. */
  finish(): string[] {
    this.slot();
    this.push(0);
    while (Atomics.load(this.#ring.done, 0) === 0) this.#wait(this.#ring.done, 0);
    const bytes = Atomics.load(this.#ring.textBytes, 0);
    return Buffer.from(this.#ring.text.subarray(0, bytes)).toString('latin1').split(' ');
  }

  #wait(cell: Int32Array<SharedArrayBuffer>, value: number): void {
    if (Atomics.wait(cell, 0, value, LOST_MS) === 'timed-out')
      throw new Error('the second hashing thread ended unexpectedly');
  }
}
