import { usageFailure } from '../../../core/failure.js';
import type { VerifyFailure } from '../ports.js';
import type { KeyClassifier } from '../scan/classify-key.js';
import type { OpenArchive } from '../scan/open-stack.js';
import { listingState } from './archive-evidence.js';
import { evaluateArchive } from './judge.js';

/** The canary's whole key: it may be given relative to the prefix. */
export function canaryKey(canary: string, prefix: string): string {
  return canary.startsWith(prefix) ? canary : `${prefix}${canary}`;
}

/** @throws Failure `canary.not_an_archive` (exit 2): a key that is no archive's name would prove nothing */
export function requireArchiveName(canary: string, classifier: KeyClassifier): void {
  if (classifier.isArchive(canary)) return;
  throw usageFailure(
    'canary.not_an_archive',
    `the canary ${JSON.stringify(canary)} is not an archive by its name`,
    'give it a name such as canary/no-listing.tar.gz',
  );
}

/**
 * What the canary proves. It went the way of every archive, and must come out as missing; `seen` is absent when it
 * did not come out at all.
 */
export function canaryFailure(
  subject: string,
  seen: OpenArchive | undefined,
  minSizeBytes: number,
): VerifyFailure | undefined {
  if (seen === undefined) {
    return {
      code: 'canary.not_found',
      subject,
      message: 'the canary was not found: this run can not prove that it would have seen a missing listing',
      hint: 'plant an archive without a listing under this key, or correct --canary',
    };
  }
  const listing = listingState(seen, minSizeBytes);
  const { status } = evaluateArchive({
    listing,
    beforeCutoff: false,
    allowlisted: false,
    young: false,
    seenBefore: false,
  });
  if (status === 'missing' && seen.index === undefined) return undefined;
  return {
    code: 'canary.has_listing',
    subject,
    message: `the canary has ${seen.listing === undefined ? 'an index' : 'a listing'}: it proves nothing any more`,
    hint: 'delete what stands beside the canary, and find out what wrote it',
  };
}
