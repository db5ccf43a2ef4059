import { compareUtf8 } from '../core/bytes.js';
import type { ObjectInfo } from '../objectstore/port.js';
import type { Span } from './coverage.js';

/** As many as S3 gives in a page. */
const PAGE_KEYS = 1000;

/** Makes rows in the order of their keys into pages in which every key is once. */
export class PageCollector {
  #objects: ObjectInfo[] = [];
  #first: string | undefined;
  #last: ObjectInfo | undefined;

  /** The first and last key so far. */
  get span(): Span | undefined {
    if (this.#first === undefined || this.#last === undefined) return undefined;
    return { first: this.#first, last: this.#last.key };
  }

  /** Takes the next row, and gives the page that is full with the row before: its key may have come again. */
  add(object: ObjectInfo): ObjectInfo[] | undefined {
    const last = this.#last;
    // The plain comparison is much faster, and differs only where there are characters beyond U+FFFF.
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

  /** The page that is not full. */
  rest(): ObjectInfo[] {
    return this.#objects;
  }
}

/** An object that was replaced while S3 looked at the bucket may be listed twice. */
function takeNewer(kept: ObjectInfo, other: ObjectInfo): void {
  if (other.lastModifiedMs <= kept.lastModifiedMs) return;
  delete kept.storageClass;
  Object.assign(kept, other);
}
