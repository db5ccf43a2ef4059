import { isDatedInTheFuture } from '../../../core/future-date.js';
import type { VerifyTarget } from '../options.js';
import type { OpenArchive } from '../scan/open-stack.js';
import { type ArchiveDate, archiveDate } from './archive-date.js';
import { type Evidence, isYoung } from './judge.js';

/** The evidence about an archive, except what earlier runs found. Exemptions are looked up only if one is needed. */
export interface ArchiveEvidence {
  readonly archive: OpenArchive;
  readonly date: ArchiveDate;
  readonly evidence: Omit<Evidence, 'seenBefore'>;
  readonly indexMissing: boolean;
  /** Dated in the future by the store's clock, or empty: such an archive never counts as the newest of its series. */
  readonly isFuture: boolean;
  readonly isEmpty: boolean;
}

/** Whether the listing of an archive exists and is large enough. */
export function listingState({ listing }: OpenArchive, minSizeBytes: number): Evidence['listing'] {
  if (listing === undefined) return 'none';
  return listing.sizeBytes < minSizeBytes ? 'small' : 'good';
}

/** Collects the evidence about one archive once all its siblings are known. */
export function archiveEvidence(
  archive: OpenArchive,
  target: VerifyTarget,
  serverNowMs: number,
): ArchiveEvidence {
  const { key, lastModifiedMs, sizeBytes } = archive.object;
  const date = archiveDate(key, lastModifiedMs, target.datePattern);
  target.allowlist?.note(key);
  const listing = listingState(archive, target.minSizeBytes);
  const indexMissing = target.requireIndex && archive.index === undefined;
  const isFuture = isDatedInTheFuture(
    { lastModifiedMs, keyDayMs: date.keyDayMs },
    serverNowMs,
    target.graceMs,
  );
  const isEmpty = sizeBytes === 0;
  const needsExcuse = listing !== 'good' || indexMissing || isFuture || isEmpty || target.stale === 'fail';
  const evidence = {
    listing,
    beforeCutoff: target.sinceMs !== undefined && date.dateMs < target.sinceMs,
    allowlisted: needsExcuse && target.allowlist?.has(key) === true,
    young: isYoung(lastModifiedMs, serverNowMs, target.graceMs),
  };
  return { archive, date, evidence, indexMissing, isFuture, isEmpty };
}
