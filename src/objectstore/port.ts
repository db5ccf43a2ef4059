/**
 * The object store port. Three widths, so that a job holds no more than it needs: a verifier holds a `StoreLister`,
 * a restore a `StoreReader`, and only what uploads holds a `StoreWriter`.
 *
 * Keys are strings without a leading slash, relative to the bucket (not to the prefix). They are ordered by their
 * UTF-8 bytes. Failures are `Failure`s with a `store.*` code; `store.not_found`, `store.denied`,
 * `store.precondition_failed` and `store.range` are final, everything transient was retried before it is thrown.
 */

export interface ObjectInfo {
  key: string;
  sizeBytes: number;
  /** Milliseconds since the epoch, by the server's clock. */
  lastModifiedMs: number;
  /** As the server sends it, quotes taken off. Never a hash of the content. Absent where the store has none. */
  etag?: string;
  /** As the store names it, where a listing says so; absent for the ordinary class. See `core/storage-class.ts`. */
  storageClass?: string;
}

/** One page of a listing; may hold no objects at all, also when it is not the last. */
export interface ListPage {
  /** In strictly ascending UTF-8 order, also across pages. */
  objects: ObjectInfo[];
  /** The server's clock (the `Date` header) when it answered, in ms; what `--grace` is measured by. */
  serverTimeMs: number;
}

export interface ListRange {
  /** Only keys strictly after this one. */
  startAfter?: string;
  /** Only keys up to and including this one. */
  endAt?: string;
  signal?: AbortSignal;
}

export interface StoreLister {
  /** Normalised: `s3://bucket/prefix/` or `file:///dir/`; no credentials. */
  readonly url: string;
  /** The key prefix that everything listed starts with: empty, or ends in `/`. */
  readonly prefix: string;
  /** The whole url of a key, as findings name it. */
  urlOf(key: string): string;
  /**
   * Every object under the prefix and within the range, each once, in order. Ends only when the store said that
   * there is no more: a listing that breaks off, repeats a token, or goes backwards throws `store.listing_broken`.
   */
  list(range?: ListRange): AsyncIterable<ListPage>;
  /**
   * The common prefixes (ending in `/`) and keys one level below `prefix`, at most `limit` of them, in order:
   * what split points are made from. `truncated` says that there were more.
   */
  children(
    prefix: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }>;
  /** List requests sent so far, retries included. */
  readonly requests: number;
}

export interface ReadOptions {
  /** First byte, and one past the last byte. */
  range?: { start: number; end: number };
  /** Fails with `store.precondition_failed` when the object is no longer the one with this ETag. */
  ifMatch?: string;
  signal?: AbortSignal;
}

export interface ObjectBody {
  info: ObjectInfo;
  /** The bytes asked for, all of them: a body that ends early or breaks is resumed at its offset or throws. */
  body: AsyncIterable<Uint8Array>;
}

export interface StoreReader extends StoreLister {
  /** @throws Failure `store.not_found` */
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo>;
  get(key: string, options?: ReadOptions): Promise<ObjectBody>;
}

export interface WriteOptions {
  /** `false` (default): fails with `store.exists` when there is an object under that key already. */
  replace?: boolean;
  contentType?: string;
  signal?: AbortSignal;
}

export interface StoreWriter extends StoreReader {
  /** Visible under its key complete or not at all. The source is a local file, because it may have to be read again. */
  putFile(key: string, path: string, options?: WriteOptions): Promise<ObjectInfo>;
}
