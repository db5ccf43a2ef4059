import { formatDamage } from './damage.js';

/** An archive's bytes, counted as they pass, whose first ones can be looked at before: they tell what it is. */
export class PeekedBytes {
  /** Bytes that have passed; those only looked at are not among them. */
  sizeBytes = 0;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #ahead: Uint8Array[] = [];
  readonly #onBytes: (bytes: Uint8Array) => void;

  /** `onBytes` is told of every chunk before it is handed on. */
  constructor(source: AsyncIterable<Uint8Array>, onBytes: (bytes: Uint8Array) => void = () => undefined) {
    this.#onBytes = onBytes;
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At least the first `count` bytes, or all where there are fewer. @throws Damage when there is not one */
  async head(count: number): Promise<Uint8Array> {
    let gathered = Buffer.alloc(0);
    while (gathered.length < count) {
      const next = await this.#source.next();
      if (next.done === true) break;
      this.#ahead.push(next.value);
      gathered = Buffer.concat([gathered, next.value.subarray(0, count)]);
    }
    if (gathered.length === 0) throw formatDamage('empty', 'the archive has 0 bytes');
    return gathered;
  }

  /** All bytes, from the first one on. Ends the source, also when it is left early. */
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
