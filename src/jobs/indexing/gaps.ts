import { archiveFormat } from '../../core/archive-name.js';
import type { StoreLister } from '../../objectstore/port.js';
import { INDEX_SUFFIX, LISTING_SUFFIX } from './archive-ref.js';

/** An archive under a prefix, with the sizes of its siblings; undefined if a sibling does not exist. */
export interface ListedArchive {
  key: string;
  sizeBytes: number;
  listingBytes: number | undefined;
  indexBytes: number | undefined;
}

/**
 * Every archive under the store's prefix with its siblings, in one listing pass and constant memory. Keys are sorted,
 * so an archive is complete at the first key that does not start with its key.
 */
export async function* listArchives(store: StoreLister, signal?: AbortSignal): AsyncGenerator<ListedArchive> {
  const open: ListedArchive[] = [];
  for await (const page of store.list(signal === undefined ? {} : { signal })) {
    for (const { key, sizeBytes } of page.objects) {
      while (open.length > 0 && !key.startsWith(open.at(-1)?.key ?? '')) {
        const done = open.pop();
        if (done !== undefined) yield done;
      }
      const owner = open.find((archive) => isSiblingOf(key, archive.key));
      if (owner !== undefined) note(owner, key, sizeBytes);
      else if (archiveFormat(key) !== undefined) {
        open.push({ key, sizeBytes, listingBytes: undefined, indexBytes: undefined });
      }
    }
  }
  while (open.length > 0) {
    const done = open.pop();
    if (done !== undefined) yield done;
  }
}

function isSiblingOf(key: string, archive: string): boolean {
  return key === `${archive}${LISTING_SUFFIX}` || key === `${archive}${INDEX_SUFFIX}`;
}

function note(owner: ListedArchive, key: string, sizeBytes: number): void {
  if (key.endsWith(LISTING_SUFFIX)) owner.listingBytes = sizeBytes;
  else owner.indexBytes = sizeBytes;
}
