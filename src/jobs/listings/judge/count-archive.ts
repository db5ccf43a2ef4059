import { seriesName } from '../../../core/series.js';
import { isCold } from '../../../core/storage-class.js';
import type { VerifyTarget } from '../options.js';
import { NEVER_MS } from '../report/series-table.js';
import type { Partition, Partitions } from '../scan/partitions.js';
import type { ArchiveEvidence } from './archive-evidence.js';
import { hasStaleListing } from './archive-findings.js';

/** Counts an archive in its partition once all its siblings are known, whatever its status. */
export function countArchive(
  { archive, date, isFuture, isEmpty }: ArchiveEvidence,
  partitions: Partitions,
  target: Pick<VerifyTarget, 'seriesPattern'>,
): { partition: Partition; series: string } {
  const { key, sizeBytes, storageClass } = archive.object;
  const partition = partitions.of(key);
  const { tally } = partition;
  const series = seriesName(key, partition.prefix, target.seriesPattern);
  tally.bytesArchived += sizeBytes;
  if (isFuture) tally.archivesFuture += 1;
  if (isEmpty) tally.archivesEmpty += 1;
  if (isCold(storageClass)) tally.archivesCold += 1;
  const madeMs = isFuture || isEmpty ? NEVER_MS : date.madeMs;
  if (madeMs > tally.newestMs) tally.newestMs = madeMs;
  if (date.byKey) tally.datedByKey += 1;
  partition.series.note(series, { madeMs, coldClass: isCold(storageClass) ? storageClass : undefined });
  return { partition, series };
}

/** Whether there is nothing to report about an archive: its listing exists and meets every requirement. */
export function isInOrder(facts: ArchiveEvidence, target: VerifyTarget): boolean {
  const { archive, evidence, indexMissing, isFuture, isEmpty } = facts;
  if (isFuture || isEmpty || indexMissing || evidence.listing !== 'good') return false;
  return !hasStaleListing('present', archive, target);
}
