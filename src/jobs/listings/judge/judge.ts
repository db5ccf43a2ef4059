/** The status of an archive; every archive has exactly one. */
export type ArchiveStatus = 'present' | 'missing' | 'too_small' | 'pending' | 'exempt';

/** Everything that a status depends on. */
export interface Evidence {
  /** Whether the listing exists and is large enough. */
  readonly listing: 'good' | 'small' | 'none';
  /** Dated strictly before the cut-off. */
  readonly beforeCutoff: boolean;
  readonly allowlisted: boolean;
  /** Within its grace period, by the server's clock. */
  readonly young: boolean;
  /** It was pending, missing or too small in the last complete run, so it is no longer excused. */
  readonly seenBefore: boolean;
}

export interface Verdict {
  readonly status: ArchiveStatus;
  readonly exemptBy?: 'cutoff' | 'allowlist';
}

/** The status of an archive: the first that applies. */
export function evaluateArchive(evidence: Evidence): Verdict {
  if (evidence.listing === 'good') return { status: 'present' };
  if (evidence.beforeCutoff) return { status: 'exempt', exemptBy: 'cutoff' };
  if (evidence.allowlisted) return { status: 'exempt', exemptBy: 'allowlist' };
  if (evidence.young && !evidence.seenBefore) return { status: 'pending' };
  return { status: evidence.listing === 'none' ? 'missing' : 'too_small' };
}

/** The same rules for a required index that is missing: what excuses a missing listing also excuses a missing index. */
export function evaluateMissingIndex(evidence: Omit<Evidence, 'listing'>): 'exempt' | 'pending' | 'missing' {
  const { status } = evaluateArchive({ ...evidence, listing: 'none' });
  return status === 'exempt' || status === 'pending' ? status : 'missing';
}

/**
 * Whether an archive is within its grace period. A time further in the future than the grace period comes from a wrong
 * clock and is no excuse, because such an archive would be excused for too long.
 */
export function isYoung(lastModifiedMs: number, serverNowMs: number, graceMs: number): boolean {
  return Math.abs(serverNowMs - lastModifiedMs) < graceMs;
}

/** Whether a listing was written for an earlier version of its archive. */
export function isStale(listingModifiedMs: number, archiveModifiedMs: number, graceMs: number): boolean {
  return listingModifiedMs < archiveModifiedMs - graceMs;
}
