import type { CheckResult } from '../evidence/content/check.js';
import type { PlanCandidate, PlanRow } from '../plan/plan-document.js';
import type { VerifiedBy } from '../source-port.js';

/** Why a content that came out must not be bound. */
export interface Objection {
  code: string;
  message: string;
}

/** A content as it came out of its source. */
export interface Content {
  sha256: string;
  sizeBytes: number;
  verifiedBy: VerifiedBy;
  check: CheckResult;
  /** A digest that another program recorded and that it does not have, in words. */
  contradicted?: string | undefined;
  /** What is wrong with its container, where that is why nothing proves it. */
  damage?: { code: string; message: string };
}

/**
 * Looks at a content that was planned to be bound, now that its bytes are here. A person's word stands against what
 * is on record, and not against bytes that nothing proves; a digest on record stands against everything.
 */
export function objectionTo(
  row: PlanRow,
  candidate: PlanCandidate,
  content: Content,
  allowUnverified: boolean,
): Objection | undefined {
  const trusted = row.trusted_sha256.includes(content.sha256);
  if (candidate.sha256 !== null && candidate.sha256 !== content.sha256) {
    return { code: 'candidate.changed', message: 'its content is not what it was when the plan was made' };
  }
  if (content.verifiedBy === 'none' && !trusted && !allowUnverified) {
    const { damage } = content;
    const unproven = 'neither a digest nor a checksum of its container proves its bytes';
    return damage === undefined
      ? { code: 'member.unverified', message: unproven }
      : { code: damage.code, message: `${damage.message}; ${unproven}` };
  }
  if (trusted || row.confidence === 'approved') return undefined;
  if (row.trusted_sha256.length > 0) {
    return { code: 'content.contradicts', message: 'its SHA-256 is not the one on record' };
  }
  if (content.contradicted !== undefined)
    return { code: 'content.contradicts', message: content.contradicted };
  if (row.expected_size_bytes !== null && row.expected_size_bytes !== content.sizeBytes) {
    return { code: 'content.contradicts', message: 'its size is not the one on record' };
  }
  const { check } = content;
  if (check.state === 'fail' || check.state === 'cut')
    return { code: 'content.check_failed', message: check.reason };
  const needsCheck = row.rule === '8-specific-name' && check.state !== 'pass';
  return needsCheck ? { code: 'content.check_failed', message: check.reason } : undefined;
}
