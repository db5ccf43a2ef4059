import type { ListingEntry } from '../../../archive/listing/entry.js';
import type { ListingSummary } from '../../../archive/listing/reader.js';
import type { Severity } from '../../../core/finding.js';
import { counted } from '../../../core/pluralize.js';
import { undefinedIfAbsent } from '../absent-object.js';
import { type ArchiveRef, LISTING_SUFFIX } from '../archive-ref.js';
import { listingEntries } from '../listing-entries.js';
import { compareListings } from './compare-listings.js';

export type ListingState = 'same' | 'differs' | 'absent';

/** Reports a finding about the archive that is being checked. */
export type Say = (code: string, severity: Severity, message: string) => void;

/** Compares the listing of an archive with the entries that it should have, in archive order. */
export async function checkListing(
  archive: ArchiveRef,
  expected: AsyncGenerator<ListingEntry, ListingSummary>,
  say: Say,
  signal: AbortSignal | undefined,
): Promise<ListingState> {
  const key = `${archive.key}${LISTING_SUFFIX}`;
  const found = await archive.store.get(key).catch(undefinedIfAbsent);
  if (found === undefined) {
    say('listing.absent', 'error', 'it has no listing');
    return 'absent';
  }
  const comparison = compareListings(expected, listingEntries(found.body));
  let differences = 0;
  let next = await comparison.next();
  for (; next.done !== true; next = await comparison.next()) {
    differences += 1;
    signal?.throwIfAborted();
    say('listing.differs', 'error', `${JSON.stringify(next.value.name)}: ${next.value.what}`);
  }
  const { unreadable } = next.value;
  if (unreadable > 0) {
    say(
      'listing.unreadable_line',
      'warning',
      `${counted(unreadable, 'line of its listing is', 'lines of its listing are')} not in a known tar format`,
    );
  }
  return differences === 0 ? 'same' : 'differs';
}
