/** What a page needs so that it can be cut at the end of a range. */
export interface PageWithKeys {
  /** In strictly ascending UTF-8 order. */
  objects: { key: string }[];
}

/** The part of a `StoreLister` that a concurrent listing needs. */
export interface PageSource<Page extends PageWithKeys> {
  readonly prefix: string;
  list(range: { startAfter?: string; endAt?: string; signal?: AbortSignal }): AsyncIterable<Page>;
  children(
    prefix: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }>;
}

export interface RangeOptions {
  /** How many ranges are listed at the same time; 1 is a sequential pass without extra requests. */
  concurrency: number;
  signal?: AbortSignal;
}

/** Consumes one range. Calls of one visitor never overlap; calls of different visitors may alternate. */
export interface RangeVisitor<Page, R> {
  /** The next page of this range, in order; it may have no objects. At most one further page is requested meanwhile. */
  page(page: Page): void | Promise<void>;
  /** Called once after the last page, and only if the range was listed completely. */
  end(): R | Promise<R>;
}

/**
 * One range and the result of its visitor. The results of a listing are sorted by key, disjoint and contiguous: the
 * first has no `startAfter`, the last has no `endAt`, and each `endAt` equals the next `startAfter`. The end of a range
 * is not known while it is listed, because an idle worker may take over its tail. State that may continue after the end
 * of a range (an archive whose listing has not been seen yet) is carried over by folding the results in order. A
 * boundary may be between any two keys, and a range may have no keys at all.
 */
export interface RangeResult<R> {
  /** The range has only keys strictly after this one. */
  startAfter: string | undefined;
  /** The range has only keys up to and including this one. */
  endAt: string | undefined;
  result: R;
}
