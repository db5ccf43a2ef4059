import type { CheckResult } from '../evidence/content/check.js';
import type { PlanCandidate, PlanRow } from '../plan/plan-document.js';
import type { VerifiedBy } from '../source-port.js';

/** Why an extracted content must not be bound. */
export interface Objection {
  code: string;
  message: string;
}

/** An extracted content. */
export interface Content {
  sha256: string;
  sizeBytes: number;
  verifiedBy: VerifiedBy;
  check: CheckResult;
  /** Which digest recorded by another program it contradicts, in words. */
  contradicted?: string | undefined;
  /** The damage to its container, if that is why nothing proves the content. */
  damage?: { code: string; message: string };
}

/**
 * Checks the extracted bytes of a planned bind. A person's decision overrides a recorded size or format, but not
 * unproven bytes. A recorded digest overrides everything.
 */
export function objectionTo(
  row: PlanRow,
  candidate: PlanCandidate,
  content: Content,
  allowUnverified: boolean,
): Objection | undefined {
  const trusted = row.trusted_sha256.includes(content.sha256);
  if (candidate.sha256 !== null && candidate.sha256 !== content.sha256) {
    return { code: 'candidate.changed', message: 'its content has changed since the plan was made' };
  }
  if (content.verifiedBy === 'none' && !trusted && !allowUnverified) {
    const { damage } = content;
    const unproven = 'neither a recorded digest nor a container checksum proves its content';
    return damage === undefined
      ? { code: 'member.unverified', message: unproven }
      : { code: damage.code, message: `${damage.message}; ${unproven}` };
  }
  if (trusted || row.confidence === 'approved') return undefined;
  if (row.trusted_sha256.length > 0) {
    return { code: 'content.contradicts', message: 'its SHA-256 differs from the recorded one' };
  }
  if (content.contradicted !== undefined)
    return { code: 'content.contradicts', message: content.contradicted };
  if (row.expected_size_bytes !== null && row.expected_size_bytes !== content.sizeBytes) {
    return { code: 'content.contradicts', message: 'its size differs from the recorded one' };
  }
  const { check } = content;
  if (check.state === 'fail' || check.state === 'cut')
    return { code: 'content.check_failed', message: check.reason };
  const needsCheck = row.rule === '8-specific-name' && check.state !== 'pass';
  return needsCheck ? { code: 'content.check_failed', message: check.reason } : undefined;
}
