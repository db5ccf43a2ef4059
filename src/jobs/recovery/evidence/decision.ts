import { type Candidate, isUnread } from './candidate.js';
import { TIERS, type Tier } from './matcher.js';

/** The status of a row. In a plan, `bound` means that it will be bound. */
export type RowStatus =
  | 'bound'
  | 'needs_review'
  | 'rejected'
  | 'external_reference'
  | 'residual'
  | 'undecided'
  | 'unrecoverable';

type Confidence = 'certain' | 'approved' | 'strong' | 'weak' | 'none';

/** The rule that decided a row. The numbers refer to the table in `docs/recovery.md`. */
export type Rule =
  | '1-digest'
  | '2-approved'
  | '2-changed'
  | '5-contested'
  | '6-ambiguous'
  | '7-anchored'
  | '8-specific-name'
  | '9-weak'
  | '9-weaker'
  | '9-similar'
  | '10-generic'
  | '10-residual'
  | '11-undecided'
  | 'all-rejected'
  | 'external-reference'
  | 'unrecoverable'
  | 'blocked';

/** The input of a decision. */
export interface RowEvidence {
  candidates: readonly Candidate[];
  /** Candidates whose names are only similar: shown to a person, never bound automatically. */
  hints?: readonly Candidate[];
  /** Number of different contents among all hints, including those that are not listed. */
  hintContents?: number;
  /** A person accepted a candidate that is gone or has changed. */
  acceptedIsGone?: boolean;
  /** A source that could have the file could not be searched. */
  sourceFailed: boolean;
  /** No path, no expected name, and the metadata says that the file is elsewhere. */
  external: boolean;
  /** The reason of a matching configured rule, if the search was complete. */
  unrecoverable?: string;
  /** Why the row cannot be changed, whatever is found. */
  blocked?: string;
}

export interface Decision {
  status: RowStatus;
  rule: Rule;
  confidence: Confidence;
  /** The candidate to bind, or the best one to review. */
  chosen?: Candidate;
  /** The strongest candidate with different content, for comparison. */
  runnerUp?: Candidate;
  /** Rule 5: the best candidate that another row claims or owns. It need not be the chosen one. */
  disputed?: Candidate;
  /** Why each rejected candidate was ruled out, by CID. */
  rejected: ReadonlyMap<string, string>;
  /** Number of different contents in the strongest tier. */
  contents: number;
}

/**
 * Decides one row: the first matching rule wins, and nothing is bound by similarity alone. Pure: the same evidence
 * always gives the same decision.
 */
export function decideRecovery(row: RowEvidence): Decision {
  const rejected = rejections(row.candidates);
  const base = { rejected, contents: 0 };
  if (row.blocked !== undefined && row.candidates.length > 0) {
    return { ...base, status: 'needs_review', rule: 'blocked', confidence: 'none', ...best(row.candidates) };
  }
  // Never replace a person's choice with an automatic one.
  if (row.acceptedIsGone === true)
    return {
      ...base,
      status: 'needs_review',
      rule: '2-changed',
      confidence: 'none',
      ...best(row.candidates),
    };
  const standing = row.candidates.filter((one) => one.person !== 'rejected');
  const certain = standing.filter((one) => one.digest === 'equal' && one.absent === undefined);
  if (certain.length > 0) return decideByDigest(certain, standing, rejected);
  const approved = standing.filter((one) => one.person === 'accepted');
  if (approved.length > 0) {
    return {
      ...base,
      status: 'bound',
      rule: '2-approved',
      confidence: 'approved',
      ...margin(approved, standing),
      contents: 1,
    };
  }
  const named = row.candidates.filter((one) => isNamed(one.tier));
  const left = named.filter((one) => !rejected.has(one.cid));
  return left.length > 0
    ? decideByName(named, left, rejected, row.sourceFailed)
    : decideWithout(row, rejected);
}

/** Exact names and paths: the tiers that can decide a row. */
function isNamed(tier: Tier): boolean {
  return tier === 'anchored' || tier === 'tail' || tier === 'basename';
}

/** Rule 1. If two recorded digests were both found, only a person can say which one is right. */
function decideByDigest(
  certain: readonly Candidate[],
  standing: readonly Candidate[],
  rejected: ReadonlyMap<string, string>,
): Decision {
  const contents = new Set(certain.map((one) => one.contentKey)).size;
  const base = { rejected, contents, ...margin(certain, standing) };
  return contents > 1
    ? { ...base, status: 'needs_review', rule: '6-ambiguous', confidence: 'weak' }
    : { ...base, status: 'bound', rule: '1-digest', confidence: 'certain' };
}

/**
 * Rules 5 to 9: candidates supported only by their names. The strongest tier decides, even if all of it is rejected: a
 * weaker candidate is never bound instead.
 */
function decideByName(
  named: readonly Candidate[],
  left: readonly Candidate[],
  rejected: ReadonlyMap<string, string>,
  sourceFailed: boolean,
): Decision {
  const top = TIERS.find((one) => named.some((candidate) => candidate.tier === one));
  const tier = TIERS.find((one) => left.some((candidate) => candidate.tier === one)) ?? 'basename';
  const strongest = left.filter((one) => one.tier === tier);
  const contents = new Set(strongest.map((one) => one.contentKey)).size;
  const base = { rejected, contents, ...margin(strongest, left) };
  const review = { ...base, status: 'needs_review', confidence: 'weak' } as const;
  // A source that could not be searched may have the one whose path tells it from the others.
  if (isEverybodys(strongest))
    return sourceFailed
      ? { ...base, status: 'undecided', rule: '11-undecided', confidence: 'none' }
      : { ...base, status: 'residual', rule: '10-generic', confidence: 'none' };
  if (tier !== top) return { ...review, rule: '9-weaker' };
  const { chosen: disputed } = best(strongest.filter((one) => one.contested !== undefined));
  if (disputed !== undefined) return { ...review, rule: '5-contested', disputed };
  if (contents > 1) return { ...review, rule: '6-ambiguous' };
  const bindable = strongest.filter(
    (one) => one.trusted && !one.plantable && one.check !== 'cut' && !isUnread(one),
  );
  const anchored = tier === 'anchored' ? bindable : [];
  if (anchored.length > 0) {
    return { ...base, ...margin(anchored, left), status: 'bound', rule: '7-anchored', confidence: 'strong' };
  }
  const specific = isNameTier(tier) ? bindable.filter(isSpecificAndChecked) : [];
  if (specific.length > 0) {
    return {
      ...base,
      ...margin(specific, left),
      status: 'bound',
      rule: '8-specific-name',
      confidence: 'strong',
    };
  }
  return { ...review, rule: '9-weak' };
}

/** A person compares at most this many contents of a common name. */
const MAX_GENERIC_CONTENTS = 5;

/** Whether the candidates of one tier share a generic name and have too many contents to compare. */
export function isEverybodys(tier: readonly Candidate[]): boolean {
  if (tier.some((one) => one.generic === undefined || one.tier === 'anchored')) return false;
  return new Set(tier.map((one) => one.contentKey)).size > MAX_GENERIC_CONTENTS;
}

function isNameTier(tier: Tier): boolean {
  return tier === 'tail' || tier === 'basename';
}

function isSpecificAndChecked(candidate: Candidate): boolean {
  return candidate.generic === undefined && (candidate.check === 'pass' || candidate.check === 'deferred');
}

/** Rules 10 and 11: no usable candidate was found. */
function decideWithout(row: RowEvidence, rejected: ReadonlyMap<string, string>): Decision {
  const base = { rejected, contents: 0, confidence: 'none' } as const;
  if (row.external) return { ...base, status: 'external_reference', rule: 'external-reference' };
  if (row.sourceFailed) return { ...base, status: 'undecided', rule: '11-undecided' };
  if (rejected.size > 0) return { ...base, status: 'rejected', rule: 'all-rejected' };
  if (row.unrecoverable !== undefined) return { ...base, status: 'unrecoverable', rule: 'unrecoverable' };
  const hints = (row.hints ?? []).filter((one) => one.person !== 'rejected');
  const [hint] = hints;
  if (hint !== undefined && row.hintContents === 1 && row.blocked === undefined)
    return {
      ...base,
      status: 'needs_review',
      rule: '9-similar',
      confidence: 'weak',
      chosen: hint,
      contents: 1,
    };
  return { ...base, status: 'residual', rule: '10-residual' };
}

/** Rules 3 and 4, and a person's rejections: candidates that are ruled out individually. */
function rejections(candidates: readonly Candidate[]): Map<string, string> {
  const out = new Map<string, string>();
  for (const one of candidates) {
    const reason = rejectionOf(one);
    if (reason !== undefined) out.set(one.cid, reason);
  }
  return out;
}

function rejectionOf(one: Candidate): string | undefined {
  if (one.person === 'rejected') return 'a person rejected it';
  if (one.person === 'accepted' || (one.digest === 'equal' && one.absent === undefined)) return undefined;
  if (one.absent !== undefined) return one.absent;
  if (one.digest === 'contradicts') return 'its SHA-256 differs from the recorded one';
  if (one.contradicts !== undefined) return one.contradicts;
  if (one.sizeContradicts) return 'its size differs from the recorded one';
  if (one.check === 'fail') return one.checkReason;
  if (one.superseded)
    return `replaced by a later version of the same path: ${one.hit.superseded ?? 'superseded'}`;
  return one.tier === 'digest' ? 'neither its name nor its digest matches' : undefined;
}

/** The best candidate to bind, and the best one with different content. */
function margin(
  winners: readonly Candidate[],
  all: readonly Candidate[],
): { chosen?: Candidate; runnerUp?: Candidate } {
  const first = best(winners).chosen;
  const others = all.filter((one) => one.contentKey !== first?.contentKey);
  const second = best(others).chosen;
  return {
    ...(first === undefined ? {} : { chosen: first }),
    ...(second === undefined ? {} : { runnerUp: second }),
  };
}

function best(candidates: readonly Candidate[]): { chosen?: Candidate } {
  const [first] = [...candidates].sort(preference);
  return first === undefined ? {} : { chosen: first };
}

/** Order: the stronger tier, then what is cheaper to read, then the newest, then the CID. */
export function preference(a: Candidate, b: Candidate): number {
  return (
    TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) ||
    b.segments - a.segments ||
    cost(a) - cost(b) ||
    b.hit.age - a.hit.age ||
    (a.cid < b.cid ? -1 : 1)
  );
}

/** Relative cost of reading: a file is free; an archive must be fetched, by range or entirely. */
function cost({ hit, cached }: Candidate): number {
  if (cached || hit.kind === 'directory') return 0;
  if (hit.kind === 'git') return 1;
  return hit.indexed === true ? 2 : 3;
}
