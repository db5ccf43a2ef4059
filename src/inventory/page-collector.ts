import { compareUtf8 } from '../core/bytes.js';
import type { ObjectInfo } from '../objectstore/port.js';
import type { Span } from './coverage.js';

/** The page size of S3. */
const PAGE_KEYS = 1000;

/** Groups rows, sorted by key, into pages with every key once. */
export class PageCollector {
  #objects: ObjectInfo[] = [];
  #first: string | undefined;
  #last: ObjectInfo | undefined;

  /** The first and last key so far. */
  get span(): Span | undefined {
    if (this.#first === undefined || this.#last === undefined) return undefined;
    return { first: this.#first, last: this.#last.key };
  }

  /**
   * Takes the next row. Returns the page that the previous row filled, because only now is it clear that its key did
   * not repeat.
   */
  add(object: ObjectInfo): ObjectInfo[] | undefined {
    const last = this.#last;
    // The plain comparison is much faster and differs only for characters beyond U+FFFF.
    const order = last === undefined || object.key > last.key ? 1 : compareUtf8(object.key, last.key);
    if (order < 0) throw new Error('the rows of an inventory came out of order');
    if (last !== undefined && order === 0) {
      takeNewer(last, object);
      return undefined;
    }
    this.#first ??= object.key;
    this.#last = object;
    if (this.#objects.length < PAGE_KEYS) {
      this.#objects.push(object);
      return undefined;
    }
    const full = this.#objects;
    this.#objects = [object];
    return full;
  }

  /** The last, partial page. */
  rest(): ObjectInfo[] {
    return this.#objects;
  }
}

/** An object that was replaced while S3 scanned the bucket may be listed twice. */
function takeNewer(kept: ObjectInfo, other: ObjectInfo): void {
  if (other.lastModifiedMs <= kept.lastModifiedMs) return;
  delete kept.storageClass;
  Object.assign(kept, other);
}
