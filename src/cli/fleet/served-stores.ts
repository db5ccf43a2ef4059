import { parseStoreUrl } from '../../core/store-url.js';
import type { Config } from '../config/schema.js';

/** Whether a store is among, or lies within, those that `backups` of this host's configuration names. */
export function servesStore({ backups }: Config, store: string): boolean {
  return (backups ?? []).some(({ url }) => store.startsWith(parseStoreUrl(url).url));
}
