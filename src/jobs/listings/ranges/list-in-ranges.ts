import { ConcurrentListing } from './concurrent-listing.js';
import type { PageSource, PageWithKeys, RangeOptions, RangeResult, RangeVisitor } from './types.js';

/**
 * Lists everything under the source's prefix, split into ranges that are listed concurrently. The pages of each range
 * are passed in order to a visitor of its own. See `RangeResult` for how the ranges relate. Split points are found
 * automatically. Compared with one sequential pass it sends at most one more request per range, plus a few in total.
 * The first failure, of the source or of a visitor, stops all ranges and is thrown.
 */
export async function listInRanges<Page extends PageWithKeys, R>(
  source: PageSource<Page>,
  options: RangeOptions,
  visit: (startAfter: string | undefined) => RangeVisitor<Page, R>,
): Promise<RangeResult<R>[]> {
  if (options.concurrency > 1) return new ConcurrentListing(source, options, visit).run();
  const visitor = visit(undefined);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  for await (const page of source.list(signal)) await visitor.page(page);
  return [{ startAfter: undefined, endAt: undefined, result: await visitor.end() }];
}
