import { ForwardingReader } from '../../../objectstore/forwarding-port.js';
import type { ObjectBody, ObjectInfo, ReadOptions, StoreReader } from '../../../objectstore/port.js';

/** Counts the requests to a store. */
export class MeteredReader extends ForwardingReader<StoreReader> {
  /** Number of HEAD and GET requests. */
  reads = 0;
  bytesRead = 0;

  override head(key: string, signal?: AbortSignal): Promise<ObjectInfo> {
    this.reads += 1;
    return super.head(key, signal);
  }

  override async get(key: string, options?: ReadOptions): Promise<ObjectBody> {
    this.reads += 1;
    const { info, body } = await super.get(key, options);
    return { info, body: this.#count(body) };
  }

  async *#count(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of body) {
      this.bytesRead += bytes.length;
      yield bytes;
    }
  }
}
