import { formatDuration } from '../../../core/durations.js';
import { isoTime } from '../../../core/iso-time.js';
import { formatSize } from '../../../core/sizes.js';
import type { VerifyTarget } from '../options.js';
import { INDEX_SUFFIX } from '../scan/classify-key.js';
import type { OpenArchive } from '../scan/open-stack.js';
import { type ArchiveFinding, violationOrWarning } from './finding-draft.js';
import { type ArchiveStatus, isStale } from './judge.js';

/** The facts from which the findings about one archive are written. */
export interface ArchiveFacts {
  readonly archive: OpenArchive;
  readonly subject: string;
  readonly partition: string;
  readonly series: string;
  /** The date that `since` is compared with, and whether it was read from the key. */
  readonly dateMs: number;
  readonly status: ArchiveStatus;
  readonly indexStatus: 'good' | 'missing' | 'pending' | 'exempt';
  /** Dated before the cut-off, or on the allowlist. */
  readonly excused: boolean;
  readonly isFuture: boolean;
  readonly isEmpty: boolean;
}

/** All findings about one archive. */
export function archiveFindings(facts: ArchiveFacts, target: VerifyTarget): ArchiveFinding[] {
  return [
    emptyFinding(facts),
    futureFinding(facts),
    listingFinding(facts, target),
    indexFinding(facts),
    staleFinding(facts, target),
  ].filter((found) => found !== undefined);
}

/** An exempt archive is never reported as an error. */
function emptyFinding(facts: ArchiveFacts): ArchiveFinding | undefined {
  if (!facts.isEmpty) return undefined;
  const { subject, excused } = facts;
  const severity = excused ? 'warning' : 'error';
  const message = 'has 0 bytes; it contains nothing to restore';
  return { code: 'archive.empty', severity, violation: false, subject, message, detail: detailOf(facts) };
}

function futureFinding(facts: ArchiveFacts): ArchiveFinding | undefined {
  if (!facts.isFuture) return undefined;
  const { subject, excused, archive, dateMs } = facts;
  const severity = excused ? 'warning' : 'error';
  const latest = isoTime(Math.max(dateMs, archive.object.lastModifiedMs)) ?? 'a date out of range';
  const message = `is dated in the future (${latest}); it does not count as the newest of its series`;
  return { code: 'archive.future', severity, violation: false, subject, message, detail: detailOf(facts) };
}

function listingFinding(facts: ArchiveFacts, target: VerifyTarget): ArchiveFinding | undefined {
  const { archive, subject, status } = facts;
  const detail = detailOf(facts, `${archive.object.key}${target.listingSuffix}`);
  const sizeBytes = archive.listing?.sizeBytes;
  if (sizeBytes !== undefined) detail.listing_size_bytes = sizeBytes;
  const small = `its listing has ${formatSize(sizeBytes ?? 0)}, less than the minimum of ${formatSize(target.minSizeBytes)}`;
  if (status === 'missing') {
    return {
      code: 'listing.missing',
      subject,
      message: 'has no listing',
      ...violationOrWarning(true),
      detail,
    };
  }
  if (status === 'too_small') {
    return { code: 'listing.too_small', subject, message: small, ...violationOrWarning(true), detail };
  }
  if (status !== 'pending') return undefined;
  const what = sizeBytes === undefined ? 'has no listing' : small;
  const message = `${what}, but was created less than ${formatDuration(target.graceMs)} ago; will be checked in the next run`;
  return { code: 'listing.pending', severity: 'info', violation: false, subject, message, detail };
}

function indexFinding(facts: ArchiveFacts): ArchiveFinding | undefined {
  const { archive, subject, indexStatus } = facts;
  if (indexStatus === 'good' || indexStatus === 'exempt') return undefined;
  const detail = detailOf(facts, `${archive.object.key}${INDEX_SUFFIX}`);
  if (indexStatus === 'missing') {
    return { code: 'index.missing', subject, message: 'has no index', ...violationOrWarning(true), detail };
  }
  const message = 'has no index, but is new; will be checked in the next run';
  return { code: 'index.pending', severity: 'info', violation: false, subject, message, detail };
}

function staleFinding(facts: ArchiveFacts, target: VerifyTarget): ArchiveFinding | undefined {
  const { archive, subject } = facts;
  if (!hasStaleListing(facts.status, archive, target)) return undefined;
  const listingMs = archive.listing?.lastModifiedMs ?? 0;
  const behind = formatDuration(archive.object.lastModifiedMs - listingMs);
  return {
    code: 'listing.stale',
    subject,
    message: `its listing is ${behind} older than the archive`,
    ...violationOrWarning(target.stale === 'fail' && !facts.excused),
    detail: {
      ...detailOf(facts, archive.listing?.key ?? ''),
      listing_last_modified: isoTime(listingMs),
    },
  };
}

/** Whether an archive's listing was written for an earlier version of the archive. */
export function hasStaleListing(
  status: ArchiveStatus,
  { listing, object }: OpenArchive,
  target: Pick<VerifyTarget, 'stale' | 'graceMs'>,
): boolean {
  if (status !== 'present' || listing === undefined || target.stale === 'off') return false;
  return isStale(listing.lastModifiedMs, object.lastModifiedMs, target.graceMs);
}

function detailOf(facts: ArchiveFacts, sibling?: string): Record<string, unknown> {
  const { object } = facts.archive;
  return {
    key: object.key,
    ...(sibling === undefined ? {} : { sibling }),
    partition: facts.partition,
    series: facts.series,
    size_bytes: object.sizeBytes,
    last_modified: isoTime(object.lastModifiedMs),
    archive_date: isoTime(facts.dateMs),
  };
}
