/** What a page must have, so that it can be cut where a range ends. */
export interface PageWithKeys {
  /** In strictly ascending UTF-8 order. */
  objects: { key: string }[];
}

/** The part of a `StoreLister` that a split listing needs. */
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
  /** How many ranges are listed at the same time; 1 is one plain pass without any extra request. */
  concurrency: number;
  signal?: AbortSignal;
}

/** Consumes one range. Its calls never overlap, but those of different ranges' visitors alternate. */
export interface RangeVisitor<Page, R> {
  /** The next page of this range, in order; may hold no objects. The next one is asked for meanwhile at most once. */
  page(page: Page): void | Promise<void>;
  /** Called once, after the last page of the range, and only when the range was listed to its end. */
  end(): R | Promise<R>;
}

/**
 * One range and what its visitor made of it. The results of a listing are sorted by key, disjoint and contiguous:
 * the first has no `startAfter`, the last no `endAt`, and each one's `endAt` is the next one's `startAfter`. A
 * range's end is not known while it is listed, because an idle worker may take its tail away; so whatever may
 * continue behind a range's end (an archive whose listing has not come yet) is carried over by folding the results
 * in order. A boundary may fall between any two keys; a range may hold no keys at all.
 */
export interface RangeResult<R> {
  /** The range holds only keys strictly after this one. */
  startAfter: string | undefined;
  /** And only keys up to and including this one. */
  endAt: string | undefined;
  result: R;
}
