import { type StoreKind, storeKindOf } from '../../core/store-url.js';
import type { StoreReader } from '../../objectstore/port.js';

/** One archive in a readable store. */
export interface ArchiveRef<Store extends StoreReader = StoreReader> {
  store: Store;
  key: string;
}

/** The suffix of listings, unless the configuration has other sibling names. */
export const LISTING_SUFFIX = '.list.txt';
export const INDEX_SUFFIX = '.salvor-index';

/** The last segment of a key. */
export function fileNameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** The kind of a store. ETags of different kinds cannot be compared. */
export function storeKind(store: StoreReader): StoreKind {
  return storeKindOf(store.url);
}
