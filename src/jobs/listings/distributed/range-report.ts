import type { VerifyFailure } from '../ports.js';
import type { SeriesLine } from '../report/series-table.js';
import type { TallyCounts } from '../report/tally.js';
import type { PageWork, RangeEnds } from '../scan/key-scan.js';
import type { Partitions } from '../scan/partitions.js';
import type { Rest } from './split-rest.js';

/**
 * A range of a target's keys for a worker to list. Everything here is plain JSON because it is sent to another host.
 */
export interface RangeUnit {
  readonly url: string;
  readonly startAfter?: string;
  readonly endAt?: string;
  /** After this many keys the worker stops, and the rest of the range is handed out again. */
  readonly maxKeys: number;
  /** Whether to list the target's top directories if the worker stops early. */
  readonly explores: boolean;
}

/** A worker's result for a range. Archives that are in order are only counted; all others are reported in full. */
export interface RangeReport {
  readonly keys: number;
  readonly requests: number;
  /** The server's time at its last response. */
  readonly serverNowMs: number | null;
  /** Absent if the range was listed completely. */
  readonly rest?: Rest;
  /** The directories that it found, if it listed them. */
  readonly boundaries: readonly string[];
  readonly ends: RangeEnds;
  /** What has to be evaluated, with the server's time at that moment. */
  readonly works: readonly (PageWork & { readonly serverNowMs: number })[];
  readonly partitions: readonly PartitionCounts[];
  /** The allowlist lines that matched an archive. */
  readonly usedLines: readonly number[];
  readonly failures: readonly VerifyFailure[];
}

interface PartitionCounts {
  readonly prefix: string;
  readonly tally: TallyCounts;
  readonly series: readonly SeriesLine[];
}

export function partitionCounts(partitions: Partitions): PartitionCounts[] {
  return partitions.all().map(({ prefix, tally, series }) => ({ prefix, tally, series: series.lines() }));
}

/** @throws Failure `listings.too_many_partitions` */
export function addPartitionCounts(all: readonly PartitionCounts[], partitions: Partitions): void {
  for (const { prefix, tally, series } of all) {
    const partition = partitions.at(prefix);
    partition.tally.add(tally);
    for (const line of series) partition.series.addLine(line);
  }
}
