import { usageFailure } from '../../../core/failure.js';
import type { VerifyFailure } from '../ports.js';
import type { KeyClassifier } from '../scan/classify-key.js';
import type { OpenArchive } from '../scan/open-stack.js';
import { listingState } from './archive-evidence.js';
import { evaluateArchive } from './judge.js';

/** The canary's whole key; the option may be relative to the prefix. */
export function canaryKey(canary: string, prefix: string): string {
  return canary.startsWith(prefix) ? canary : `${prefix}${canary}`;
}

/** @throws Failure `canary.not_an_archive` (exit 2): a key that is not an archive's name would prove nothing */
export function requireArchiveName(canary: string, classifier: KeyClassifier): void {
  if (classifier.isArchive(canary)) return;
  throw usageFailure(
    'canary.not_an_archive',
    `the name of the canary ${JSON.stringify(canary)} is not that of an archive`,
    'use a name such as canary/no-listing.tar.gz',
  );
}

/**
 * Checks the canary. It is processed like every archive and must turn out to be missing its listing. `seen` is absent
 * if the canary was not found at all.
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
      message:
        'the canary was not found, so this run cannot prove that it would have noticed a missing listing',
      hint: 'store an archive without a listing under this key, or correct --canary',
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
    message: `the canary has ${seen.listing === undefined ? 'an index' : 'a listing'}, so it proves nothing`,
    hint: 'delete the listing or index of the canary, and check which job wrote it',
  };
}
