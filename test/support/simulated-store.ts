import { compareUtf8 } from '../../src/core/bytes.js';
import type { PageSource } from '../../src/jobs/listings/ranges/types.js';

interface SimulatedPage {
  objects: { key: string }[];
}

/**
 * A store in which every request takes one tick, and ticks pass only when everybody waits: so what concurrency
 * brings can be counted instead of timed. `keys` are in UTF-8 order.
 */
export class SimulatedStore implements PageSource<SimulatedPage> {
  readonly prefix: string;
  requests = 0;
  ticks = 0;
  readonly #keys: readonly string[];
  readonly #pageSize: number;
  #waiting: (() => void)[] = [];

  constructor(keys: readonly string[], prefix = '', pageSize = 1000) {
    this.#keys = keys;
    this.prefix = prefix;
    this.#pageSize = pageSize;
  }

  async *list(range: {
    startAfter?: string;
    endAt?: string;
    signal?: AbortSignal;
  }): AsyncIterable<SimulatedPage> {
    let index = range.startAfter === undefined ? 0 : this.#after(range.startAfter);
    for (;;) {
      await this.#request(range.signal);
      const page = this.#keys.slice(index, index + this.#pageSize);
      index += page.length;
      const { endAt } = range;
      const inside = endAt === undefined ? page : page.filter((key) => compareUtf8(key, endAt) <= 0);
      yield { objects: inside.map((key) => ({ key })) };
      if (index >= this.#keys.length || inside.length < page.length || page.at(-1) === endAt) return;
    }
  }

  async children(
    prefix: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }> {
    await this.#request(signal);
    const prefixes = new Set<string>();
    const keys: string[] = [];
    for (const key of this.#keys) {
      if (!key.startsWith(prefix)) continue;
      if (prefixes.size + keys.length > limit) break;
      const slash = key.indexOf('/', prefix.length);
      if (slash < 0) keys.push(key);
      else prefixes.add(key.slice(0, slash + 1));
    }
    const truncated = prefixes.size + keys.length > limit;
    return { prefixes: [...prefixes].slice(0, limit), keys: keys.slice(0, limit), truncated };
  }

  #after(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareUtf8(this.#keys[middle] ?? '', key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Resolves when all who run have come to wait. */
  #request(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.requests += 1;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      // After this turn and all that follows from it without waiting.
      if (this.#waiting.length === 1) setImmediate(() => this.#tick());
    });
  }

  #tick(): void {
    this.ticks += 1;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
