import { formatDamage } from './damage.js';

/** How much of the decoded output is kept at least, in bytes: twice what a span of the default size holds. */
export const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * Decoded output from one position of an archive on. It moves forward only, but keeps the last bytes: members that are
 * close together, in any order, are decoded once.
 */
export class DecodedRun {
  readonly #output: AsyncIterator<Uint8Array>;
  /** The last chunks of the output, without gaps. */
  readonly #kept: Uint8Array[] = [];
  /** The position of the first kept byte, and of the first byte that is not yet decoded. */
  #keptAt: number;
  #at: number;
  readonly #end: number;
  #isBroken = false;

  /** `output` begins at position `start`, and reaches at least to `end`. */
  constructor(output: AsyncIterable<Uint8Array>, start: number, end: number) {
    this.#output = output[Symbol.asyncIterator]();
    this.#keptAt = start;
    this.#at = start;
    this.#end = end;
  }

  /** Whether it can still yield the output from `start` to `end`. */
  covers(start: number, end: number): boolean {
    return !this.#isBroken && start >= this.#keptAt && end <= this.#end;
  }

  /** The output from `start` to `end`, which it must cover. @throws Damage */
  async *read(start: number, end: number): AsyncGenerator<Uint8Array> {
    let from = start;
    while (from < end) {
      const { bytes, at } = this.#keptWith(from) ?? (await this.#next());
      const part = bytes.subarray(Math.max(0, from - at), Math.max(0, end - at));
      if (part.length === 0) continue;
      from += part.length;
      yield part;
    }
  }

  /** Decodes all that follows, which verifies the digest of the last span. @throws Damage */
  async finish(): Promise<void> {
    while (await this.#pull()) this.#dropOldest();
  }

  /** Ends the decoding. */
  async close(): Promise<void> {
    this.#isBroken = true;
    this.#kept.length = 0;
    await this.#output.return?.();
  }

  #keptWith(position: number): { bytes: Uint8Array; at: number } | undefined {
    // From the end: most members follow the one before.
    let at = this.#at;
    for (let i = this.#kept.length - 1; i >= 0 && position < this.#at; i -= 1) {
      const bytes = this.#kept[i] as Uint8Array;
      at -= bytes.length;
      if (at <= position) return { bytes, at };
    }
    return undefined;
  }

  async #next(): Promise<{ bytes: Uint8Array; at: number }> {
    const at = this.#at;
    if (!(await this.#pull()))
      throw formatDamage('corrupt', 'a span of the archive is shorter than the index says');
    this.#dropOldest();
    return { bytes: this.#kept.at(-1) as Uint8Array, at };
  }

  async #pull(): Promise<boolean> {
    try {
      for (;;) {
        const { done, value } = await this.#output.next();
        if (done === true) return false;
        if (value.length === 0) continue;
        this.#kept.push(value);
        this.#at += value.length;
        return true;
      }
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  #dropOldest(): void {
    for (let first = this.#kept[0]; first !== undefined && this.#kept.length > 1; first = this.#kept[0]) {
      if (this.#at - this.#keptAt - first.length < KEPT_BYTES) return;
      this.#keptAt += first.length;
      this.#kept.shift();
    }
  }
}
