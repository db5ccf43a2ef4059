/**
 * The object store port, in three levels so that a job gets no more access than it needs: a verifier gets a
 * `StoreLister`, a restore gets a `StoreReader`, and only code that uploads gets a `StoreWriter`.
 *
 * Keys are strings without a leading slash, relative to the bucket (not to the prefix), and are sorted by their UTF-8
 * bytes. Errors are `Failure`s with a `store.*` code. `store.not_found`, `store.denied`, `store.precondition_failed` and
 * `store.range` are final; transient failures were retried before they are thrown.
 */

export interface ObjectInfo {
  key: string;
  sizeBytes: number;
  /** Milliseconds since the epoch, by the server's clock. */
  lastModifiedMs: number;
  /** As sent by the server, without quotes. Never treat it as a hash of the content. Absent if the store has none. */
  etag?: string;
  /**
   * The store's name of the class, if the listing includes it; absent for the standard class. See
   * `core/storage-class.ts`.
   */
  storageClass?: string;
}

/** One page of a listing. Any page may be empty, not only the last. */
export interface ListPage {
  /** In strictly ascending UTF-8 order, within and across pages. */
  objects: ObjectInfo[];
  /** The server's time of the response (the `Date` header) in ms, by which `--grace` is measured. */
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
  /** Normalized: `s3://bucket/prefix/` or `file:///dir/`, without credentials. */
  readonly url: string;
  /** The prefix of all listed keys: empty, or ending with `/`. */
  readonly prefix: string;
  /** The whole url of a key, as used in findings. */
  urlOf(key: string): string;
  /**
   * Every object under the prefix and within the range, each once, in order. Ends only after the store has said that there
   * are no more: a listing that breaks off, repeats a token, or goes backward throws `store.listing_broken`.
   */
  list(range?: ListRange): AsyncIterable<ListPage>;
  /**
   * The common prefixes (ending with `/`) and keys one level below `prefix`, at most `limit` of them, in order. They serve
   * as split points. `truncated` is true if there were more.
   */
  children(
    prefix: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }>;
  /** One object, looked up by its exact key and not in a listing of many; undefined if there is none. */
  lookUp(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined>;
  /** The number of list requests sent so far, including retries. */
  readonly requests: number;
}

export interface ReadOptions {
  /** `start` is the first byte; `end` is one past the last byte. */
  range?: { start: number; end: number };
  /** Fails with `store.precondition_failed` if the object no longer has this ETag. */
  ifMatch?: string;
  signal?: AbortSignal;
}

export interface ObjectBody {
  info: ObjectInfo;
  /** All requested bytes: a body that ends early or breaks off is resumed at its offset, or throws. */
  body: AsyncIterable<Uint8Array>;
}

export interface StoreReader extends StoreLister {
  /** @throws Failure `store.not_found` */
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo>;
  get(key: string, options?: ReadOptions): Promise<ObjectBody>;
}

export interface WriteOptions {
  /** If `false` (the default), writing fails with `store.exists` if the key already exists. */
  replace?: boolean;
  contentType?: string;
  signal?: AbortSignal;
}

export interface StoreWriter extends StoreReader {
  /**
   * The object becomes visible completely or not at all. The source is a local file so that it can be read again for a
   * retry.
   */
  putFile(key: string, path: string, options?: WriteOptions): Promise<ObjectInfo>;
}
