import { resolve } from 'node:path';
import { usageFailure } from './failure.js';

/** The parsed URL of a store. */
export type StoreUrl =
  | { kind: 's3'; url: string; bucket: string; prefix: string }
  | { kind: 'file'; url: string; directory: string };

/** The kinds of stores. ETags of different kinds cannot be compared. */
export type StoreKind = StoreUrl['kind'];

const SCHEMES: Readonly<Record<StoreKind, string>> = { s3: 's3://', file: 'file://' };

export function isStoreKind(value: unknown): value is StoreKind {
  return typeof value === 'string' && Object.hasOwn(SCHEMES, value);
}

/** What every key of a store begins with: keys of a bucket include the prefix, those of a directory are relative to it. */
export function keyPrefixOf(place: StoreUrl): string {
  switch (place.kind) {
    case 's3':
      return place.prefix;
    case 'file':
      return '';
  }
}

/** The kind of a store, by its normalized URL. @throws Error for a URL of any other kind */
export function storeKindOf(url: string): StoreKind {
  const kinds = Object.keys(SCHEMES) as StoreKind[];
  const kind = kinds.find((candidate) => url.startsWith(SCHEMES[candidate]));
  if (kind === undefined) throw new Error(`not a store URL: ${url}`);
  return kind;
}

/**
 * Normalizes a store's URL to `s3://bucket/prefix/` or `file:///dir/`. A prefix ends in `/`, so that `backups` never
 * matches `backups-old/`. The prefix is taken literally: nothing is percent-decoded.
 * @throws Failure `usage.store_url` (exit 2)
 */
export function parseStoreUrl(text: string): StoreUrl {
  const s3 = /^s3:\/\/([^/?#@:]{3,63})(?:\/(.*))?$/su.exec(text);
  if (s3) {
    const bucket = s3[1] ?? '';
    const path = s3[2] ?? '';
    const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
    return { kind: 's3', url: `s3://${bucket}/${prefix}`, bucket, prefix };
  }
  if (text.startsWith('file:///')) {
    const directory = resolve(text.slice('file://'.length));
    return { kind: 'file', url: directory === '/' ? 'file:///' : `file://${directory}/`, directory };
  }
  throw usageFailure(
    'usage.store_url',
    `not a store URL: ${JSON.stringify(text.replace(/\/\/[^/]*@/, '//***@'))}`,
    'write s3://bucket/prefix/ or file:///absolute/directory/',
  );
}
