import { formatDamage } from './damage.js';

/** Counts an archive's bytes as they pass, and allows peeking at the first ones to detect the format. */
export class PeekedBytes {
  /** Number of bytes that have passed, excluding those that were only peeked at. */
  sizeBytes = 0;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #ahead: Uint8Array[] = [];
  readonly #onBytes: (bytes: Uint8Array) => void;

  /** @param onBytes called with every chunk before it is passed on */
  constructor(source: AsyncIterable<Uint8Array>, onBytes: (bytes: Uint8Array) => void = () => undefined) {
    this.#onBytes = onBytes;
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At least the first `count` bytes, or all if there are fewer. @throws Damage if there are none */
  async head(count: number): Promise<Uint8Array> {
    let gathered = Buffer.alloc(0);
    while (gathered.length < count) {
      const next = await this.#source.next();
      if (next.done === true) break;
      this.#ahead.push(next.value);
      gathered = Buffer.concat([gathered, next.value.subarray(0, count)]);
    }
    if (gathered.length === 0) throw formatDamage('empty', 'the archive is empty (0 bytes)');
    return gathered;
  }

  /** All bytes from the first one on. Closes the source even if the consumer stops early. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of this.#ahead.splice(0)) yield this.#count(chunk);
      for (let next = await this.#source.next(); next.done !== true; next = await this.#source.next()) {
        yield this.#count(next.value);
      }
    } finally {
      await this.#source.return?.();
    }
  }

  #count(chunk: Uint8Array): Uint8Array {
    this.sizeBytes += chunk.length;
    this.#onBytes(chunk);
    return chunk;
  }
}
