import type { Finding, Severity } from '../../../core/finding.js';
import { timeText } from '../../../core/iso-time.js';
import type { OpenFinding } from '../../../registry/port.js';

/** A finding as the job made it, before history is known of it. */
export interface FindingDraft extends Finding {
  /** Counts against the threshold. */
  violation: boolean;
  /** How many of what the finding is about; in its detail. */
  detail: Record<string, unknown>;
}

/** Codes that an archive's violation goes from one to the other of, while it stays the same gap. */
const GAPS = new Set(['listing.missing', 'listing.too_small', 'index.missing']);

/**
 * What an earlier complete run knew of this finding: the same code, or, for a violation, one of the same subject that
 * is not found any more (an empty listing in the place of none is no new gap).
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

/** The finding as it is told, with its age where that is known. */
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
