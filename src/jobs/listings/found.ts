import type { Finding, Severity } from '../../core/finding.js';
import type { OpenFinding } from '../../registry/port.js';

/** A finding as the job made it, before history is known of it. */
export interface Found extends Finding {
  /** Counts against the threshold. */
  violation: boolean;
  /** How many of what the finding is about; in its detail. */
  detail: Record<string, unknown>;
}

/** What an earlier complete run knew of exactly this finding. */
export function knownAs(found: Found, known: readonly OpenFinding[] | undefined): OpenFinding | undefined {
  return known?.find(({ code }) => code === found.code);
}

/** The finding as it is told, with its age where that is known. */
export function toFinding(found: Found, earlier: OpenFinding | undefined, hasHistory: boolean): Finding {
  const { violation: _, detail, ...finding } = found;
  if (!hasHistory) return { ...finding, detail };
  const since = earlier === undefined ? {} : { first_seen_at: earlier.firstSeenAt.toISOString() };
  return { ...finding, detail: { ...detail, new: earlier === undefined, ...since } };
}

/** An error counts against the threshold, a warning does not. */
export function violationOrWarning(violation: boolean): { severity: Severity; violation: boolean } {
  return { severity: violation ? 'error' : 'warning', violation };
}
