import type { VerifyFailure } from '../ports.js';
import type { SeriesLine } from '../report/series-table.js';
import type { TallyCounts } from '../report/tally.js';
import type { PageWork, RangeEnds } from '../scan/key-scan.js';
import type { Partitions } from '../scan/partitions.js';
import type { Rest } from './split-rest.js';

/** A range of a target's keys for a worker to list. Plain JSON, as everything here: it goes to another host. */
export interface RangeUnit {
  readonly url: string;
  readonly startAfter?: string;
  readonly endAt?: string;
  /** With so many keys seen it is left off, and the rest is handed out again. */
  readonly maxKeys: number;
  /** To look where the target's directories begin, when the range is left off. */
  readonly explores: boolean;
}

/** What a worker made of it. Archives that are in order are only counted: all others are told as they were found. */
export interface RangeReport {
  readonly keys: number;
  readonly requests: number;
  /** The server's clock when it last answered. */
  readonly serverNowMs: number | null;
  /** Absent when the range was listed to its end. */
  readonly rest?: Rest;
  /** Known directories, where it explored. */
  readonly boundaries: readonly string[];
  readonly ends: RangeEnds;
  /** What has to be judged, with the server's clock at that moment. */
  readonly works: readonly (PageWork & { readonly serverNowMs: number })[];
  readonly partitions: readonly PartitionCounts[];
  /** Lines of the allowlist that matched an archive. */
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
