import type { StoreReader } from '../../../objectstore/port.js';
import type { ArchiveRef } from '../archive-ref.js';
import { listArchives } from '../gaps.js';
import type { Existing } from '../placement.js';

/** What to build: the named archives, or whatever is missing under a prefix. */
export type BuildWork =
  | { kind: 'archives'; archives: readonly ArchiveRef[] }
  | { kind: 'missing'; stores: readonly StoreReader[] }
  /** A part of what is missing under a prefix, listed by another host. */
  | { kind: 'listed'; items: readonly WorkItem[] };

/** One archive to process. */
export interface WorkItem {
  archive: ArchiveRef;
  /** Its siblings, if a listing of the store reported them. */
  known?: Existing;
}

/** The archives in order. Stores are listed as the work proceeds. */
export async function* workOf(work: BuildWork, signal: AbortSignal): AsyncGenerator<WorkItem> {
  if (work.kind === 'archives') {
    for (const archive of work.archives) yield { archive };
    return;
  }
  if (work.kind === 'listed') {
    yield* work.items;
    return;
  }
  for (const store of work.stores) {
    for await (const { key, listingBytes, indexBytes } of listArchives(store, signal)) {
      yield { archive: { store, key }, known: { listing: listingBytes, index: indexBytes } };
    }
  }
}
