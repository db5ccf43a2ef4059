import { compareUtf8 } from '../../src/core/bytes.js';
import type { ListPage, ListRange, ObjectInfo, StoreLister } from '../../src/objectstore/port.js';

/** An object in a made-up bucket; what is left out is unremarkable. */
export interface FakeObject {
  key: string;
  sizeBytes?: number;
  lastModifiedMs?: number;
  storageClass?: string;
}

export interface FakeBucketOptions {
  prefix?: string;
  pageSize?: number;
  serverTimeMs?: number;
  /** Objects that the store has, and that its listing leaves out. */
  hidden?: readonly ObjectInfo[];
  /** Called before every look-up; may throw. */
  lookUp?: (key: string) => void;
  /** Called before every page with its first key (undefined: the page is empty); may throw or abort. */
  beforePage?: (firstKey: string | undefined, range: ListRange) => void;
}

/** When nothing else is said, it is this moment, and objects are two days old. */
export const NOW_MS = Date.UTC(2026, 4, 19, 6, 0, 0);
export const TWO_DAYS_AGO_MS = NOW_MS - 2 * 86_400_000;

/** A store in memory that lists as the port promises: in order, in pages, within ranges. */
export class FakeLister implements StoreLister {
  readonly url: string;
  readonly prefix: string;
  requests = 0;
  readonly #objects: readonly ObjectInfo[];
  readonly #options: FakeBucketOptions;

  constructor(objects: readonly (FakeObject | string)[], options: FakeBucketOptions = {}) {
    this.prefix = options.prefix ?? '';
    this.url = `s3://bucket/${this.prefix}`;
    this.#options = options;
    this.#objects = objects
      .map((object) => (typeof object === 'string' ? { key: object } : object))
      .map(({ key, sizeBytes = 10, lastModifiedMs = TWO_DAYS_AGO_MS, storageClass }) => ({
        ...{ key, sizeBytes, lastModifiedMs },
        ...(storageClass === undefined ? {} : { storageClass }),
      }))
      .filter(({ key }) => key.startsWith(this.prefix))
      .sort((a, b) => compareUtf8(a.key, b.key));
  }

  urlOf(key: string): string {
    return `s3://bucket/${key}`;
  }

  async *list(range: ListRange = {}): AsyncIterable<ListPage> {
    const { pageSize = 1000, serverTimeMs = NOW_MS, beforePage } = this.#options;
    const wanted = this.#objects.filter(
      ({ key }) =>
        (range.startAfter === undefined || compareUtf8(key, range.startAfter) > 0) &&
        (range.endAt === undefined || compareUtf8(key, range.endAt) <= 0),
    );
    for (let from = 0; from === 0 || from < wanted.length; from += pageSize) {
      range.signal?.throwIfAborted();
      this.requests += 1;
      const objects = wanted.slice(from, from + pageSize);
      beforePage?.(objects[0]?.key, range);
      yield { objects, serverTimeMs };
    }
  }

  async lookUp(key: string): Promise<ObjectInfo | undefined> {
    this.requests += 1;
    this.#options.lookUp?.(key);
    return [...this.#objects, ...(this.#options.hidden ?? [])].find((object) => object.key === key);
  }

  async children(
    prefix: string,
    limit: number,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }> {
    this.requests += 1;
    const below = this.#objects.filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key);
    const slash = (key: string): number => key.indexOf('/', prefix.length);
    const keys = below.filter((key) => slash(key) < 0);
    const prefixes = [
      ...new Set(below.filter((key) => slash(key) >= 0).map((key) => key.slice(0, slash(key) + 1))),
    ];
    const truncated = prefixes.length + keys.length > limit;
    return { prefixes: prefixes.slice(0, limit), keys: keys.slice(0, limit), truncated };
  }
}
