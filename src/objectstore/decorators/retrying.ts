import { Failure } from '../../core/failure.js';
import { ForwardingLister } from '../forwarding-port.js';
import type { RetryTools } from '../options.js';
import type {
  ListPage,
  ListRange,
  ObjectBody,
  ObjectInfo,
  ReadOptions,
  StoreLister,
  StoreReader,
  StoreWriter,
  WriteOptions,
} from '../port.js';
import { TransientFailure } from '../transient.js';
import { Backoff, withRetries } from './backoff.js';
import { holdsFile } from './holds-file.js';

/**
 * Retries operations after transient failures. A listing continues after the last key that it returned. Retries are
 * counted per page, so a long listing survives any number of single faults. Final failures are thrown immediately.
 */
export class RetryingLister<Inner extends StoreLister> extends ForwardingLister<Inner> {
  protected readonly tools: RetryTools;

  constructor(inner: Inner, tools: RetryTools) {
    super(inner);
    this.tools = tools;
  }

  override async *list(range: ListRange = {}): AsyncIterable<ListPage> {
    const backoff = new Backoff(this.tools, range.signal);
    let rest = range;
    for (;;) {
      try {
        for await (const page of this.inner.list(rest)) {
          backoff.progressed();
          const last = page.objects.at(-1)?.key;
          if (last !== undefined) rest = { ...range, startAfter: last };
          yield page;
        }
        return;
      } catch (error) {
        await backoff.after(error);
      }
    }
  }

  override children(
    prefix: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }> {
    return withRetries(this.tools, signal, () => this.inner.children(prefix, limit, signal));
  }

  override lookUp(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    return withRetries(this.tools, signal, () => this.inner.lookUp(key, signal));
  }
}

/** Opening an object is also retried; the resuming decorator handles failures of its body. */
export class RetryingReader<Inner extends StoreReader> extends RetryingLister<Inner> implements StoreReader {
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo> {
    return withRetries(this.tools, signal, () => this.inner.head(key, signal));
  }

  get(key: string, options?: ReadOptions): Promise<ObjectBody> {
    return withRetries(this.tools, options?.signal, () => this.inner.get(key, options));
  }
}

export class RetryingWriter extends RetryingReader<StoreWriter> implements StoreWriter {
  async putFile(key: string, path: string, options?: WriteOptions): Promise<ObjectInfo> {
    let unanswered = false;
    return withRetries(this.tools, options?.signal, async () => {
      try {
        return await this.inner.putFile(key, path, options);
      } catch (error) {
        // An attempt whose response was lost may have written the object; then the existing object is our own.
        const exists = error instanceof Failure && error.code === 'store.exists';
        if (unanswered && exists && (await holdsFile(this, key, path, options?.signal))) {
          return this.head(key, options?.signal);
        }
        unanswered ||= error instanceof TransientFailure;
        throw error;
      }
    });
  }
}
