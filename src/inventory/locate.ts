import { dirname } from 'node:path';
import { Failure } from '../core/failure.js';
import { timeText } from '../core/iso-time.js';
import { printable } from '../core/printable.js';
import { parseStoreUrl } from '../core/store-url.js';
import type { StoreReader } from '../objectstore/port.js';

/** An inventory is dated by the minute in which it was begun; one just before the limit may bear a date behind it. */
const DATE_SLACK_MS = 86_400_000;
/** Comes directly behind the digits, so it ends what is dated; `data/` and `hive/` come later. */
const BEHIND_DIGITS = ':';

/** A manifest that can be read. */
export interface ManifestPlace {
  /** Of the manifest itself, as it is shown. */
  readonly url: string;
  readonly store: StoreReader;
  readonly key: string;
}

/**
 * Finds the manifest that a url means: the object itself, or for a url that ends in `/` the newest of the dated
 * inventories in that directory.
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
  throw new Failure(
    'inventory.none',
    `${printable(store.url)} holds no inventory since ${from.slice(0, 10)}`,
    {
      hint: 'name the directory with the dated inventories in it, or the manifest.json of one',
    },
  );
}

/**
 * The store in which the keys of a manifest are found: the manifest's own bucket, whatever bucket it names, so that
 * a manifest can't lead elsewhere; of a copy in a directory, the nearest one above the manifest that holds `first`.
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
