import { createHash } from 'node:crypto';
import { compareUtf8 } from '../../core/bytes.js';
import { type Catalog, inventedEtag, type StoredObject, zeros } from './catalog.js';

interface Held extends StoredObject {
  content?: Buffer;
}

/** A bucket in memory. */
export class MemoryCatalog implements Catalog {
  readonly #byKey = new Map<string, Held>();
  #sorted: Held[] | undefined = [];
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get length(): number {
    return this.#byKey.size;
  }

  at(index: number): StoredObject {
    this.#sorted ??= [...this.#byKey.values()].sort((a, b) => compareUtf8(a.key, b.key));
    const found = this.#sorted[index];
    if (found === undefined) throw new RangeError(`no object ${index}`);
    return found;
  }

  /** Adds an object. Without content it has only a size, and reads as zeros. */
  add(
    key: string,
    more: {
      content?: Buffer | string;
      sizeBytes?: number;
      lastModifiedMs?: number;
      etag?: string;
      storageClass?: string;
    } = {},
  ): StoredObject {
    const content = typeof more.content === 'string' ? Buffer.from(more.content) : more.content;
    const sizeBytes = content?.length ?? more.sizeBytes ?? 0;
    const etag = more.etag ?? (content === undefined ? inventedEtag(key, sizeBytes) : md5(content));
    const held: Held = { key, sizeBytes, lastModifiedMs: more.lastModifiedMs ?? this.#now(), etag };
    if (content !== undefined) held.content = content;
    if (more.storageClass !== undefined) held.storageClass = more.storageClass;
    this.#byKey.set(key, held);
    this.#sorted = undefined;
    return held;
  }

  async *read(object: StoredObject, start: number, end: number): AsyncIterable<Uint8Array> {
    const content = (object as Held).content;
    if (content === undefined) yield* zeros(end - start);
    else yield content.subarray(start, end);
  }

  async put(key: string, content: Buffer, etag?: string): Promise<StoredObject> {
    return this.add(key, etag === undefined ? { content } : { content, etag });
  }

  async delete(key: string): Promise<void> {
    if (this.#byKey.delete(key)) this.#sorted = undefined;
  }
}

export function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex');
}
