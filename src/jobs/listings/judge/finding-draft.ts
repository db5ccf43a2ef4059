import type { Finding, Severity } from '../../../core/finding.js';
import { timeText } from '../../../core/iso-time.js';
import type { OpenFinding } from '../../../registry/port.js';

/** A finding before its history is known. */
export interface FindingDraft extends Finding {
  /** Counts against the threshold. */
  violation: boolean;
  /** How many objects the finding covers; part of its detail. */
  detail: Record<string, unknown>;
}

/**
 * The codes of findings about one archive, which its store can be asked for; a series or a partition has no key. Where
 * a listing leaves an archive out, they stay open.
 */
export const ARCHIVE_CODES = [
  'listing.missing',
  'listing.too_small',
  'listing.stale',
  'index.missing',
  'archive.empty',
  'archive.future',
  'archive.unrecognised',
] as const;

/** Those that say that an archive is checked later; they end with the run. */
type PendingCode = 'listing.pending' | 'index.pending';

/** A finding whose subject is the URL of an archive. */
export interface ArchiveFinding extends FindingDraft {
  code: (typeof ARCHIVE_CODES)[number] | PendingCode;
}

/** Codes between which a violation of one archive can change while it remains the same gap. */
const GAPS = new Set(['listing.missing', 'listing.too_small', 'index.missing']);

/**
 * The finding of an earlier complete run that this one continues: one with the same code or, for a violation, one about
 * the same subject that is no longer reported (an empty listing instead of none is not a new gap).
 */
export function knownAs(
  found: FindingDraft,
  known: readonly OpenFinding[] = [],
  codesNow: ReadonlySet<string> = new Set(),
): OpenFinding | undefined {
  const same = known.find(({ code }) => code === found.code);
  if (same !== undefined || !found.violation) return same;
  return known.find(({ code, baseline }) => !codesNow.has(code) && (baseline || GAPS.has(code)));
}

/** The finding as it is reported, with its age if that is known. */
export function toFinding(
  found: FindingDraft,
  earlier: OpenFinding | undefined,
  hasHistory: boolean,
): Finding {
  const { violation: _, detail, ...finding } = found;
  if (!hasHistory) return { ...finding, detail };
  const since = earlier === undefined ? {} : { first_seen_at: timeText(earlier.firstSeenAt) };
  return { ...finding, detail: { ...detail, new: earlier === undefined, ...since } };
}

/** An error counts against the threshold, a warning does not. */
export function violationOrWarning(violation: boolean): { severity: Severity; violation: boolean } {
  return { severity: violation ? 'error' : 'warning', violation };
}
