import type { TargetResult } from '../verify-target.js';
import type { LedgerDesk } from './findings-history.js';

/** With more partitions than this, only the total is asked for: every partition is a few statements of its own. */
const MAX_QUERIES = 64;

export interface ResolvedCounts {
  readonly total: number;
  /** By partition url; undefined where there are too many. What ended in no partition of this run is in the total only. */
  readonly byUrl: ReadonlyMap<string, number> | undefined;
}

/** How many violations came to their end since the last complete run, of what was listed completely. */
export async function resolvedCounts(
  results: readonly TargetResult[],
  completePrefixes: readonly string[],
  desk: LedgerDesk,
): Promise<ResolvedCounts> {
  const total = await desk.resolvedUnder(completePrefixes);
  const partitions = results.flatMap((result) => result.partitions);
  if (partitions.length > MAX_QUERIES) return { total, byUrl: undefined };
  const byUrl = new Map<string, number>();
  for (const { url, complete } of partitions) {
    const isSettled = complete && completePrefixes.some((prefix) => url.startsWith(prefix));
    byUrl.set(url, isSettled && total > 0 ? await desk.resolvedUnder([url]) : 0);
  }
  return { total, byUrl: withoutNested(byUrl) };
}

/** What lies in a partition below another one was counted for both; it belongs to the inner one. */
function withoutNested(byUrl: ReadonlyMap<string, number>): Map<string, number> {
  const own = new Map<string, number>();
  const innermostFirst = [...byUrl.keys()].sort((a, b) => b.length - a.length);
  for (const url of innermostFirst) {
    let nested = 0;
    for (const [inner, count] of own) if (inner.startsWith(url)) nested += count;
    own.set(url, (byUrl.get(url) ?? 0) - nested);
  }
  return own;
}
