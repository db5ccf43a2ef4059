import type { StoreReader } from '../../../objectstore/port.js';
import type { ArchiveRef } from '../archive-ref.js';
import { listArchives } from '../gaps.js';
import type { Existing } from '../placement.js';

/** What to build: archives that were named, or what a prefix lacks. */
export type BuildWork =
  | { kind: 'archives'; archives: readonly ArchiveRef[] }
  | { kind: 'missing'; stores: readonly StoreReader[] }
  /** A part of what a prefix lacks, as another host has listed it. */
  | { kind: 'listed'; items: readonly WorkItem[] };

/** One archive to look at. */
export interface WorkItem {
  archive: ArchiveRef;
  /** Its siblings, where a listing has told of them. */
  known?: Existing;
}

/** The archives in their order; stores are listed as the work goes on. */
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
