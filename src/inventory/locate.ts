import { dirname } from 'node:path';
import { Failure } from '../core/failure.js';
import { timeText } from '../core/iso-time.js';
import { printable } from '../core/printable.js';
import { parseStoreUrl } from '../core/store-url.js';
import type { StoreReader } from '../objectstore/port.js';

/** An inventory is dated by the minute in which it was started, so allow for rounding at the limit. */
const DATE_SLACK_MS = 86_400_000;
/** Sorts directly after the digits and so ends the dated directories; `data/` and `hive/` come later. */
const BEHIND_DIGITS = ':';

/** A manifest and how to read it. */
export interface ManifestPlace {
  /** The url of the manifest, for messages. */
  readonly url: string;
  readonly store: StoreReader;
  readonly key: string;
}

/**
 * Finds the manifest for a url: the object itself or, if the url ends with `/`, that of the newest dated inventory in
 * that directory.
 * @throws Failure `inventory.none`, `usage.store_url`
 */
export async function locateManifest(
  url: string,
  youngerThanMs: number,
  open: (url: string) => StoreReader,
  signal: AbortSignal,
): Promise<ManifestPlace> {
  const cut = url.lastIndexOf('/') + 1;
  const name = url.slice(cut);
  const store = open(parseStoreUrl(url.slice(0, cut)).url);
  const key = store.prefix + (name === '' ? await newestIn(store, youngerThanMs, signal) : name);
  return { url: store.urlOf(key), store, key };
}

async function newestIn(store: StoreReader, youngerThanMs: number, signal: AbortSignal): Promise<string> {
  const from = timeText(Math.max(0, youngerThanMs - DATE_SLACK_MS));
  const startAfter = `${store.prefix}${from.slice(0, 16).replace(':', '-')}Z`;
  let newest: string | undefined;
  for await (const { objects } of store.list({ startAfter, endAt: store.prefix + BEHIND_DIGITS, signal })) {
    const names = objects.map((object) => object.key.slice(store.prefix.length));
    newest = names.findLast((name) => /^\d{4}-\d\d-\d\dT\d\d-\d\dZ\/manifest\.json$/.test(name)) ?? newest;
  }
  if (newest !== undefined) return newest;
  throw new Failure('inventory.none', `${printable(store.url)} has no inventory since ${from.slice(0, 10)}`, {
    hint: 'use the url of the directory that contains the dated inventories, or of a manifest.json',
  });
}

/**
 * The store that contains the keys of a manifest: always the manifest's own bucket, whatever bucket it names, so that a
 * manifest cannot redirect reads. For a copy in a directory: the nearest directory above the manifest with `first`.
 */
export async function dataStore(
  { store, key }: ManifestPlace,
  first: string,
  open: (url: string) => StoreReader,
  signal: AbortSignal,
): Promise<StoreReader> {
  const place = parseStoreUrl(store.url);
  if (place.kind === 's3') return store;
  for (let directory = dirname(`${place.directory}/${key}`); ; directory = dirname(directory)) {
    const above = open(`file://${directory}`);
    if (directory === '/' || (await holds(above, first, signal))) return above;
  }
}

async function holds(store: StoreReader, key: string, signal: AbortSignal): Promise<boolean> {
  try {
    await store.head(key, signal);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'store.not_found') return false;
    throw error;
  }
}
