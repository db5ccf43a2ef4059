import { resolve } from 'node:path';
import { usageFailure } from './failure.js';

/** The parsed URL of a store. */
export type StoreUrl =
  | { kind: 's3'; url: string; bucket: string; prefix: string }
  | { kind: 'file'; url: string; directory: string };

/** The kinds of stores. ETags of different kinds cannot be compared. */
export type StoreKind = StoreUrl['kind'];

interface StoreFacts<K extends StoreKind> {
  scheme: string;
  /** How its URL is written, for help and errors. */
  form: string;
  /** Whether it is a server that several hosts can reach, and not a directory of this one. */
  isRemote: boolean;
  /** Undefined if the text, which begins with the scheme, is no such URL. */
  parse(text: string): Extract<StoreUrl, { kind: K }> | undefined;
}

/** One entry per kind of store. What reads and writes one is in `objectstore/open.ts`; a kind without it does not compile. */
const STORES: { readonly [K in StoreKind]: StoreFacts<K> } = {
  s3: { scheme: 's3://', form: 's3://bucket/prefix/', isRemote: true, parse: parseBucket },
  file: { scheme: 'file://', form: 'file:///absolute/directory/', isRemote: false, parse: parseDirectory },
};

const KINDS = Object.keys(STORES) as StoreKind[];

/** How the URLs of stores are written: `s3://bucket/prefix/ or file:///absolute/directory/`. */
export const STORE_FORMS = KINDS.map((kind) => STORES[kind].form).join(' or ');

export function isStoreKind(value: unknown): value is StoreKind {
  return typeof value === 'string' && Object.hasOwn(STORES, value);
}

/** Whether a text is meant as the URL of a store, and not as a path. */
export function hasStoreScheme(text: string): boolean {
  return kindByScheme(text) !== undefined;
}

/** Whether a store is a server that other hosts can reach too. */
export function isRemoteStore(url: string): boolean {
  return STORES[storeKindOf(url)].isRemote;
}

function kindByScheme(text: string): StoreKind | undefined {
  return KINDS.find((kind) => text.startsWith(STORES[kind].scheme));
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
  const kind = kindByScheme(url);
  if (kind === undefined) throw new Error(`not a store URL: ${url}`);
  return kind;
}

/**
 * Normalizes a store's URL to `s3://bucket/prefix/` or `file:///dir/`. A prefix ends in `/`, so that `backups` never
 * matches `backups-old/`. The prefix is taken literally: nothing is percent-decoded.
 * @throws Failure `usage.store_url` (exit 2)
 */
export function parseStoreUrl(text: string): StoreUrl {
  const kind = kindByScheme(text);
  const parsed = kind === undefined ? undefined : STORES[kind].parse(text);
  if (parsed !== undefined) return parsed;
  throw usageFailure(
    'usage.store_url',
    `not a store URL: ${JSON.stringify(text.replace(/\/\/[^/]*@/, '//***@'))}`,
    `write ${STORE_FORMS}`,
  );
}

function parseBucket(text: string): Extract<StoreUrl, { kind: 's3' }> | undefined {
  const s3 = /^s3:\/\/([^/?#@:]{3,63})(?:\/(.*))?$/su.exec(text);
  if (s3 === null) return undefined;
  const bucket = s3[1] ?? '';
  const path = s3[2] ?? '';
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  return { kind: 's3', url: `s3://${bucket}/${prefix}`, bucket, prefix };
}

function parseDirectory(text: string): Extract<StoreUrl, { kind: 'file' }> | undefined {
  if (!text.startsWith('file:///')) return undefined;
  const directory = resolve(text.slice('file://'.length));
  return { kind: 'file', url: directory === '/' ? 'file:///' : `file://${directory}/`, directory };
}
