import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Failure, usageFailure } from '../../core/failure.js';
import { hasStoreScheme, keyPrefixOf, parseStoreUrl } from '../../core/store-url.js';
import { openReader, openWriter, type StoreOptions } from '../../objectstore/open.js';
import type { StoreReader, StoreWriter } from '../../objectstore/port.js';
import type { Config } from '../config/schema.js';

/** The parsed name of an archive. */
export interface NamedArchive {
  /** The store of its directory. */
  storeUrl: string;
  key: string;
}

/**
 * A path, `file:///…` or `s3://…` of one archive. `forAll` is the flag with which the command takes a prefix, if any.
 * @throws Failure `usage.store_url`, `usage.invalid` (exit 2), `archive.not_found`
 */
export function parseArchive(text: string, forAll?: string): NamedArchive {
  requireName(text, 'name of the archive');
  const one = 'pass the path or URL of an archive';
  const hint = forAll === undefined ? one : `${one}, or add ${forAll}`;
  if (!hasStoreScheme(text)) return localArchive(resolve(text), hint);
  const place = parseStoreUrl(text);
  if (text.endsWith('/')) {
    throw usageFailure('usage.invalid', `${place.url} is a prefix, not an archive`, hint);
  }
  switch (place.kind) {
    case 'file':
      return localArchive(place.directory, hint);
    case 's3': {
      const bucket = `s3://${place.bucket}`;
      if (place.prefix === '') {
        throw usageFailure('usage.invalid', `${bucket} is a bucket, not an archive`, hint);
      }
      const key = place.prefix.slice(0, -1);
      return { storeUrl: `${bucket}/${key.slice(0, key.lastIndexOf('/') + 1)}`, key };
    }
  }
}

function localArchive(path: string, hint: string): NamedArchive {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    throw usageFailure('usage.invalid', `${path} is a directory, not an archive`, hint);
  }
  if (stats === undefined) {
    throw new Failure('archive.not_found', `${path} does not exist`, { hint: 'check the path' });
  }
  return { storeUrl: `file://${dirname(path)}`, key: basename(path) };
}

/** An empty argument usually comes from an unset variable; it must not mean the working directory. */
function requireName(text: string, what: string): void {
  if (text === '')
    throw usageFailure('usage.invalid', `the ${what} is empty`, 'check the shell variable that it came from');
}

/** A prefix: `file:///…` or `s3://…`, or the path of a directory. @throws Failure `usage.invalid` */
export function parsePrefix(text: string): string {
  requireName(text, 'prefix');
  return parseStoreUrl(hasStoreScheme(text) ? text : `file://${resolve(text)}`).url;
}

/** Opens every store once. */
export class Stores {
  readonly #readers = new Map<string, StoreReader>();
  readonly #writers = new Map<string, StoreWriter>();
  readonly #settings: StoreOptions;

  constructor(settings: StoreOptions) {
    this.#settings = settings;
  }

  reader(url: string): StoreReader {
    const known = this.#readers.get(url) ?? openReader(url, this.#settings);
    this.#readers.set(url, known);
    return known;
  }

  writer(url: string): StoreWriter {
    const known = this.#writers.get(url) ?? openWriter(url, this.#settings);
    this.#writers.set(url, known);
    return known;
  }
}

/** The full URLs of the archives that were planted without a listing, from configuration and flag. */
export function canaryUrls(config: Config, flag: string | undefined, urls: readonly string[]): Set<string> {
  const canaries = (config.backups ?? []).flatMap(({ url, canary }) =>
    canary === undefined ? [] : [canaryUrl(parseStoreUrl(url).url, canary)],
  );
  const flagged = flag === undefined ? [] : urls.map((url) => canaryUrl(url, flag));
  return new Set([...canaries, ...flagged]);
}

/** A canary can be given relative to its prefix, or as a full key. */
function canaryUrl(storeUrl: string, canary: string): string {
  const store = parseStoreUrl(storeUrl);
  const prefix = keyPrefixOf(store);
  return `${store.url}${canary.startsWith(prefix) ? canary.slice(prefix.length) : canary}`;
}
