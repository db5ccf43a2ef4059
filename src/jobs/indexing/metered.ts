import type {
  ListPage,
  ListRange,
  ObjectBody,
  ObjectInfo,
  ReadOptions,
  StoreReader,
} from '../../objectstore/port.js';

/** A store that counts what is read through it. */
export class MeteredReader implements StoreReader {
  /** HEAD and GET requests. */
  reads = 0;
  bytesRead = 0;

  constructor(private readonly inner: StoreReader) {}

  get url(): string {
    return this.inner.url;
  }

  get prefix(): string {
    return this.inner.prefix;
  }

  get requests(): number {
    return this.inner.requests;
  }

  urlOf(key: string): string {
    return this.inner.urlOf(key);
  }

  list(range?: ListRange): AsyncIterable<ListPage> {
    return this.inner.list(range);
  }

  children(prefix: string, limit: number, signal?: AbortSignal) {
    return this.inner.children(prefix, limit, signal);
  }

  head(key: string, signal?: AbortSignal): Promise<ObjectInfo> {
    this.reads += 1;
    return this.inner.head(key, signal);
  }

  async get(key: string, options?: ReadOptions): Promise<ObjectBody> {
    this.reads += 1;
    const { info, body } = await this.inner.get(key, options);
    return { info, body: this.count(body) };
  }

  private async *count(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of body) {
      this.bytesRead += bytes.length;
      yield bytes;
    }
  }
}
