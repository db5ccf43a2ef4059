import { ConcurrentListing } from './concurrent-listing.js';
import type { PageSource, PageWithKeys, RangeOptions, RangeResult, RangeVisitor } from './types.js';

/**
 * Lists everything under the source's prefix, split into ranges that are listed at the same time, and hands each
 * range's pages in order to a visitor of its own. See `RangeResult` for how the ranges relate. It finds the split
 * points itself, and sends at most one request for each range (and a few for all) more than one plain pass would.
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
