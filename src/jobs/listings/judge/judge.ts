/** Every archive has exactly one. */
export type ArchiveStatus = 'present' | 'missing' | 'too_small' | 'pending' | 'exempt';

/** All that a status depends on. */
export interface Evidence {
  /** Whether the listing is there, and large enough. */
  readonly listing: 'good' | 'small' | 'none';
  /** Dated strictly before the cut-off. */
  readonly beforeCutoff: boolean;
  readonly allowlisted: boolean;
  /** Younger than the grace, by the server's clock. */
  readonly young: boolean;
  /** Was pending, missing or too small already in the last complete run: the second time it is judged. */
  readonly seenBefore: boolean;
}

export interface Verdict {
  readonly status: ArchiveStatus;
  readonly exemptBy?: 'cutoff' | 'allowlist';
}

/** The status of an archive; the first that applies. */
export function evaluateArchive(evidence: Evidence): Verdict {
  if (evidence.listing === 'good') return { status: 'present' };
  if (evidence.beforeCutoff) return { status: 'exempt', exemptBy: 'cutoff' };
  if (evidence.allowlisted) return { status: 'exempt', exemptBy: 'allowlist' };
  if (evidence.young && !evidence.seenBefore) return { status: 'pending' };
  return { status: evidence.listing === 'none' ? 'missing' : 'too_small' };
}

/** The same table for an index that is required and is not there: an excuse for the listing excuses it too. */
export function evaluateMissingIndex(evidence: Omit<Evidence, 'listing'>): 'exempt' | 'pending' | 'missing' {
  const { status } = evaluateArchive({ ...evidence, listing: 'none' });
  return status === 'exempt' || status === 'pending' ? status : 'missing';
}

/**
 * Whether an archive counts as young. A time that lies further ahead of the server's clock than the grace is a
 * wrong clock and no excuse: it would be young for ever.
 */
export function isYoung(lastModifiedMs: number, serverNowMs: number, graceMs: number): boolean {
  return Math.abs(serverNowMs - lastModifiedMs) < graceMs;
}

/** Whether a listing was written for an earlier version of its archive. */
export function isStale(listingModifiedMs: number, archiveModifiedMs: number, graceMs: number): boolean {
  return listingModifiedMs < archiveModifiedMs - graceMs;
}
