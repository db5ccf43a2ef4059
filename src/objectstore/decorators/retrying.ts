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
 * Tries again what failed for the moment: a listing goes on behind the last key that it gave out. Patience is per
 * page, so a long listing survives any number of single faults. Final failures pass through at once.
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
}

/** Opening an object is tried again too; what happens to its body then is the resuming decorator's matter. */
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
        // An attempt whose answer was lost may have written the object: then it is ours, and nobody else's.
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
