import type {
  ListPage,
  ListRange,
  ObjectBody,
  ObjectInfo,
  ReadOptions,
  StoreLister,
  StoreReader,
} from './port.js';

/** A lister that forwards all calls: the base class of decorators and of jobs that count what they read. */
export class ForwardingLister<Inner extends StoreLister> implements StoreLister {
  protected readonly inner: Inner;

  constructor(inner: Inner) {
    this.inner = inner;
  }

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

  children(
    prefix: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }> {
    return this.inner.children(prefix, limit, signal);
  }

  lookUp(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    return this.inner.lookUp(key, signal);
  }
}

/** A reader that forwards all calls. */
export class ForwardingReader<Inner extends StoreReader>
  extends ForwardingLister<Inner>
  implements StoreReader
{
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo> {
    return this.inner.head(key, signal);
  }

  get(key: string, options?: ReadOptions): Promise<ObjectBody> {
    return this.inner.get(key, options);
  }
}
