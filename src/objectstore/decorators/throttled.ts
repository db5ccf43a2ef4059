import type { Clock } from '../../core/clock.js';
import { ForwardingReader } from '../forwarding-port.js';
import type { ObjectBody, ObjectInfo, ReadOptions, StoreReader, StoreWriter, WriteOptions } from '../port.js';

/** The part of a second that may be read at once after a pause: short reads stay fast and the average rate holds. */
const BURST_SECONDS = 0.25;

/** Limits the bytes per second read from objects, over all bodies of this store together. */
export class ThrottledReader<Inner extends StoreReader> extends ForwardingReader<Inner> {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  /** The time until which the bytes returned so far use up the rate. */
  #paidUntilMs = Number.NEGATIVE_INFINITY;

  constructor(inner: Inner, bytesPerSecond: number, clock: Clock) {
    super(inner);
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  override async get(key: string, options: ReadOptions = {}): Promise<ObjectBody> {
    const { info, body } = await this.inner.get(key, options);
    return { info, body: this.#throttle(body, options.signal) };
  }

  async *#throttle(
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): AsyncIterable<Uint8Array> {
    for await (const chunk of body) {
      const nowMs = this.#clock.monotonicMs();
      const from = Math.max(this.#paidUntilMs, nowMs - BURST_SECONDS * 1000);
      this.#paidUntilMs = from + (chunk.length / this.#bytesPerSecond) * 1000;
      if (this.#paidUntilMs > nowMs) await this.#clock.sleep(this.#paidUntilMs - nowMs, signal);
      signal?.throwIfAborted();
      yield chunk;
    }
  }
}

export class ThrottledWriter extends ThrottledReader<StoreWriter> implements StoreWriter {
  putFile(key: string, path: string, options?: WriteOptions): Promise<ObjectInfo> {
    return this.inner.putFile(key, path, options);
  }
}
