import { compareUtf8, LAST_CHARACTER } from '../core/bytes.js';
import { ForwardingLister } from './forwarding-port.js';
import type { ListPage, ListRange, StoreLister } from './port.js';

/**
 * The part of a store below one prefix, with the keys of the whole store. It is used for a part of a directory, whose
 * keys would otherwise be relative to the part.
 */
export class PartLister extends ForwardingLister<StoreLister> {
  readonly #url: string;
  readonly #prefix: string;

  /** `url` is the url of the part; it begins with the store's url. */
  constructor(whole: StoreLister, url: string) {
    super(whole);
    this.#url = url;
    this.#prefix = whole.prefix + url.slice(whole.url.length);
  }

  override get url(): string {
    return this.#url;
  }

  override get prefix(): string {
    return this.#prefix;
  }

  override list(range: ListRange = {}): AsyncIterable<ListPage> {
    const { startAfter, endAt } = range;
    const first = this.#prefix;
    const last = `${this.#prefix}${LAST_CHARACTER}`;
    return this.inner.list({
      ...range,
      startAfter: startAfter === undefined || compareUtf8(startAfter, first) < 0 ? first : startAfter,
      endAt: endAt === undefined || compareUtf8(endAt, last) > 0 ? last : endAt,
    });
  }
}
