import { ForwardingReader } from '../forwarding-port.js';
import type { RetryTools } from '../options.js';
import type { ObjectBody, ObjectInfo, ReadOptions, StoreReader, StoreWriter, WriteOptions } from '../port.js';
import { Backoff } from './backoff.js';

/**
 * Reopens a body that breaks off at the byte where it broke, provided that the object is still the same version. So a
 * reader sees all bytes of one object, or a failure.
 */
export class ResumingReader<Inner extends StoreReader> extends ForwardingReader<Inner> {
  readonly #tools: RetryTools;

  constructor(inner: Inner, tools: RetryTools) {
    super(inner);
    this.#tools = tools;
  }

  override async get(key: string, options: ReadOptions = {}): Promise<ObjectBody> {
    const opened = await this.inner.get(key, options);
    return { info: opened.info, body: this.#resume(key, options, opened) };
  }

  async *#resume(key: string, options: ReadOptions, opened: ObjectBody): AsyncIterable<Uint8Array> {
    const { start, end } = options.range ?? { start: 0, end: opened.info.sizeBytes };
    const ifMatch = opened.info.etag ?? options.ifMatch;
    const backoff = new Backoff(this.#tools, options.signal);
    let body: AsyncIterable<Uint8Array> | undefined = opened.body;
    let at = start;
    for (;;) {
      try {
        const rest: ReadOptions = { ...options, range: { start: at, end } };
        body ??= (await this.inner.get(key, ifMatch === undefined ? rest : { ...rest, ifMatch })).body;
        for await (const chunk of body) {
          if (chunk.length > 0) backoff.progressed();
          at += chunk.length;
          yield chunk;
        }
        return;
      } catch (error) {
        if (at === end) return;
        body = undefined;
        await backoff.after(error);
      }
    }
  }
}

export class ResumingWriter extends ResumingReader<StoreWriter> implements StoreWriter {
  putFile(key: string, path: string, options?: WriteOptions): Promise<ObjectInfo> {
    return this.inner.putFile(key, path, options);
  }
}
