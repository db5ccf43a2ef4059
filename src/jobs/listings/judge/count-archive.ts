import { seriesName } from '../../../core/series.js';
import type { VerifyTarget } from '../options.js';
import type { Partition, Partitions } from '../scan/partitions.js';
import type { Weighed } from './archive-evidence.js';
import { hasStaleListing } from './archive-findings.js';

/** Counts an archive that all siblings are known of, whatever will be said of it, where it belongs. */
export function countArchive(
  { archive, date }: Weighed,
  partitions: Partitions,
  target: Pick<VerifyTarget, 'seriesPattern'>,
): { partition: Partition; series: string } {
  const { key, sizeBytes } = archive.object;
  const partition = partitions.of(key);
  const { tally } = partition;
  const series = seriesName(key, partition.prefix, target.seriesPattern);
  tally.bytesArchived += sizeBytes;
  if (date.madeMs > tally.newestMs) tally.newestMs = date.madeMs;
  if (date.byKey) tally.datedByKey += 1;
  partition.series.note(series, date.madeMs);
  return { partition, series };
}

/** Whether there is nothing to say of an archive: its listing is there, and as good as it was asked to be. */
export function isInOrder({ archive, evidence, indexMissing }: Weighed, target: VerifyTarget): boolean {
  return evidence.listing === 'good' && !indexMissing && !hasStaleListing('present', archive, target);
}
