import type { Needles } from '../../archive/listing/needles.js';
import { ListingSearch, type SearchSummary } from '../../archive/listing/search.js';
import type { NameQuery } from '../../jobs/recovery/source-port.js';
import type { ObjectInfo, StoreReader } from '../../objectstore/port.js';
import { FORM_BYTES, foreignForm, listsOnlyTheTar } from './listing-form.js';
import { type HitContext, ListingHits } from './member-hits.js';

/** At most this many hits per listing: a more common name is useless. */
const MAX_HITS_OF_A_LISTING = 10_000;

const ONLY_THE_TAR = 'it lists the compressed file, not the members of the tar in it';

export interface ListingResult extends SearchSummary {
  hits: ListingHits;
  /** What the file really is, if it is not a listing. */
  form: string | undefined;
}

/** Searches one listing while it streams from the store. */
export async function searchListing(
  store: StoreReader,
  listing: ObjectInfo,
  context: HitContext,
  { query, needles, signal }: { query: NameQuery; needles: Needles; signal: AbortSignal | undefined },
): Promise<ListingResult> {
  const hits = new ListingHits(context, query, MAX_HITS_OF_A_LISTING);
  const search = new ListingSearch(needles, hits);
  const { body } = await store.get(listing.key, {
    ...(listing.etag === undefined ? {} : { ifMatch: listing.etag }),
    ...(signal === undefined ? {} : { signal }),
  });
  let head: Uint8Array = new Uint8Array(0);
  for await (const chunk of body) {
    if (head.length < FORM_BYTES) head = Buffer.concat([head, chunk.subarray(0, FORM_BYTES - head.length)]);
    search.push(chunk);
  }
  const summary = search.end();
  const form =
    foreignForm(head) ?? (listsOnlyTheTar(head, context.archive.info.key) ? ONLY_THE_TAR : summary.foreign);
  return { ...summary, unreadable: summary.unreadable + hits.oddLines, hits, form };
}
