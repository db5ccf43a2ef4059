import { Needles } from '../../archive/listing/needles.js';
import { ListingSearch } from '../../archive/listing/search.js';
import type { NameQuery, OlderPlace } from '../../jobs/recovery/source-port.js';
import type { StoreReader } from '../../objectstore/port.js';
import type { OlderArchive } from './choose.js';

/** At most this many listings are searched only to explain why a file was not found. */
const MAX_LISTINGS = 500;
/** With more places than this, the names are too common to be useful. */
const MAX_PLACES = 10_000;

/**
 * Searches for names in the listings of archives that were not searched before, the newest of each series first, until
 * every name is found. Skips listings that cannot be read, because the result is only used in explanations.
 */
export async function findOlder(
  older: readonly OlderArchive[],
  query: NameQuery,
  store: StoreReader,
  signal?: AbortSignal,
): Promise<OlderPlace[]> {
  const places: OlderPlace[] = [];
  const listed = older.filter(({ archive }) => archive.listing !== undefined);
  const newestFirst = listed.sort((a, b) => a.rank - b.rank).slice(0, MAX_LISTINGS);
  const missing = new Set(query.needles);
  const needles = new Needles(query.needles);
  for (const { archive, rank } of newestFirst) {
    signal?.throwIfAborted();
    if (missing.size === 0 || places.length >= MAX_PLACES) break;
    const { listing, info } = archive;
    if (listing === undefined) continue;
    const url = store.urlOf(info.key);
    const search = new ListingSearch(needles, {
      entry: ({ name, alternatives }) => {
        const paths = [name, ...alternatives].map((path) => path.replace(/^(?:\.?\/)+/, ''));
        const own = paths.find((path) => query.wants(path));
        if (own === undefined || places.length >= MAX_PLACES) return;
        places.push({ path: own, archive: url, rank, dateMs: info.lastModifiedMs });
        missing.delete(own.slice(own.lastIndexOf('/') + 1).toLowerCase());
      },
    });
    try {
      const { body } = await store.get(listing.key, signal === undefined ? {} : { signal });
      for await (const chunk of body) search.push(chunk);
      search.end();
    } catch {
      signal?.throwIfAborted();
    }
  }
  return places;
}
