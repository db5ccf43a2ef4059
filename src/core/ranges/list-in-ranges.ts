import type { PageSource, PageWithKeys, RangeOptions, RangeResult, RangeVisitor } from './types.js';

/**
 * Lists everything under the source's prefix, split into at most some ranges that are listed at the same time, and
 * hands each range's pages in order to a visitor of its own. See `RangeResult` for how the ranges relate.
 */
export async function listInRanges<Page extends PageWithKeys, R>(
  source: PageSource<Page>,
  options: RangeOptions,
  visit: (startAfter: string | undefined) => RangeVisitor<Page, R>,
): Promise<RangeResult<R>[]> {
  const visitor = visit(undefined);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  for await (const page of source.list(signal)) await visitor.page(page);
  return [{ startAfter: undefined, endAt: undefined, result: await visitor.end() }];
}
