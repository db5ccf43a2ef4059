import { type StoreKind, storeKindOf } from '../../core/store-url.js';
import type { StoreReader } from '../../objectstore/port.js';

/** One archive in a store that can at least be read. */
export interface ArchiveRef<Store extends StoreReader = StoreReader> {
  store: Store;
  key: string;
}

/** The archive's listing, unless a configuration names its siblings otherwise. */
export const LISTING_SUFFIX = '.list.txt';
export const INDEX_SUFFIX = '.salvor-index';

/** A key's last segment. */
export function fileNameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** What kind of store this is: an ETag of one kind says nothing in another. */
export function storeKind(store: StoreReader): StoreKind {
  return storeKindOf(store.url);
}
