import type { TargetResult } from '../scanned-target.js';
import type { FindingsHistory } from './findings-history.js';

/** With more partitions than this, only the total is asked for: each resolved finding is compared with every one. */
const MAX_PARTS = 256;

export interface ResolvedCounts {
  readonly total: number;
  /** By partition url; undefined where there are too many. What ended in no partition of this run is in the total only. */
  readonly byUrl: ReadonlyMap<string, number> | undefined;
}

/** How many violations came to their end since the last complete run, of what was listed completely. */
export async function resolvedCounts(
  results: readonly TargetResult[],
  completePrefixes: readonly string[],
  history: FindingsHistory,
): Promise<ResolvedCounts> {
  const partitions = results.flatMap((result) => result.partitions);
  const urls = partitions.length > MAX_PARTS ? [] : partitions.map(({ url }) => url);
  const { total, byPart } = await history.resolvedUnder(completePrefixes, urls);
  if (partitions.length > MAX_PARTS) return { total, byUrl: undefined };
  return { total, byUrl: new Map(urls.map((url) => [url, byPart.get(url) ?? 0])) };
}
