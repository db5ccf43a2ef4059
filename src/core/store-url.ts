import { resolve } from 'node:path';
import { usageFailure } from './failure.js';

/** Where a store is, taken apart. */
export type StoreUrl =
  | { kind: 's3'; url: string; bucket: string; prefix: string }
  | { kind: 'file'; url: string; directory: string };

/** What kinds of store there are. An ETag of one kind says nothing in another. */
export type StoreKind = StoreUrl['kind'];

const SCHEMES: Readonly<Record<StoreKind, string>> = { s3: 's3://', file: 'file://' };

/** The kind of a store, by its normalised url. @throws Error for a url that is none of a store */
export function storeKindOf(url: string): StoreKind {
  const kinds = Object.keys(SCHEMES) as StoreKind[];
  const kind = kinds.find((candidate) => url.startsWith(SCHEMES[candidate]));
  if (kind === undefined) throw new Error(`not the url of a store: ${url}`);
  return kind;
}

/**
 * A store's url in its one normal form: `s3://bucket/prefix/` or `file:///dir/`. A prefix ends in `/`, so that
 * `backups` never matches `backups-old/`. What stands in it is a key to the letter: nothing is percent-decoded.
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
