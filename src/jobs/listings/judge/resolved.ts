import type { TargetResult } from '../scanned-target.js';
import type { FindingsHistory } from './findings-history.js';

/**
 * With more partitions than this only the total is queried, because each resolved finding is compared with every
 * partition.
 */
const MAX_PARTS = 256;

export interface ResolvedCounts {
  readonly total: number;
  /**
   * By partition url; undefined if there are too many. Findings outside this run's partitions are in the total only.
   */
  readonly byUrl: ReadonlyMap<string, number> | undefined;
}

/** How many violations were resolved since the last complete run, in what was listed completely. */
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
