import type { ListingEntry } from '../../archive/listing/entry.js';
import { ListingReader, type ListingSummary } from '../../archive/listing/reader.js';

/** Yields the entries of a listing as it streams, and returns the properties of the whole listing. */
export async function* listingEntries(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ListingEntry, ListingSummary> {
  let ready: ListingEntry[] = [];
  const reader = new ListingReader((entry) => ready.push(entry));
  for await (const chunk of chunks) {
    reader.push(chunk);
    const entries = ready;
    ready = [];
    yield* entries;
  }
  const summary = reader.end();
  yield* ready;
  return summary;
}
