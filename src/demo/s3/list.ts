import type { Answer } from './answer.js';
import { xmlAnswer } from './answer.js';
import { type Catalog, lowerBound, type StoredObject } from './catalog.js';
import { S3Error } from './s3-error.js';
import { encodeListed } from './uri.js';
import { element } from './xml.js';

export interface ListSettings {
  /** Maximum keys per page, whatever the client requests. */
  pageSize: number;
  /** Whether a full last page claims that there is more, followed by an empty page, as some servers do. */
  emptyLastPage: boolean;
}

interface Page {
  objects: StoredObject[];
  prefixes: string[];
  /** The last key or common prefix on the page, if there are more pages. */
  next?: string;
}

/** ListObjectsV2. */
export function listObjectsV2(
  catalog: Catalog,
  bucket: string,
  query: ReadonlyMap<string, string>,
  settings: ListSettings,
): Answer {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = maxKeysOf(query, settings.pageSize);
  const token = query.get('continuation-token');
  const after = token === undefined ? (query.get('start-after') ?? '') : decodeToken(token);
  const page = collect(catalog, { prefix, delimiter, after, maxKeys }, settings.emptyLastPage);
  const url = query.get('encoding-type') === 'url';
  const show = (text: string): string => (url ? encodeListed(text) : text);
  const inner = [
    element('Name', bucket),
    element('Prefix', show(prefix)),
    element('KeyCount', page.objects.length + page.prefixes.length),
    element('MaxKeys', maxKeys),
    delimiter === '' ? '' : element('Delimiter', show(delimiter)),
    url ? element('EncodingType', 'url') : '',
    element('IsTruncated', page.next !== undefined),
    token === undefined ? '' : element('ContinuationToken', token),
    page.next === undefined ? '' : element('NextContinuationToken', encodeToken(page.next)),
    query.has('start-after') ? element('StartAfter', show(after)) : '',
    ...page.objects.map((object) => contents(object, show)),
    ...page.prefixes.map((common) => `<CommonPrefixes>${element('Prefix', show(common))}</CommonPrefixes>`),
  ];
  return xmlAnswer('ListBucketResult', inner.join(''));
}

function contents(object: StoredObject, show: (text: string) => string): string {
  const date = new Date(object.lastModifiedMs).toISOString();
  return `<Contents>${element('Key', show(object.key))}<LastModified>${date}</LastModified><ETag>&quot;${object.etag}&quot;</ETag><Size>${object.sizeBytes}</Size><StorageClass>${object.storageClass ?? 'STANDARD'}</StorageClass></Contents>`;
}

function maxKeysOf(query: ReadonlyMap<string, string>, pageSize: number): number {
  const text = query.get('max-keys');
  if (text === undefined) return pageSize;
  if (!/^\d{1,9}$/.test(text)) throw new S3Error('InvalidArgument', 'max-keys is not a number');
  return Math.min(Number(text), pageSize);
}

interface Ask {
  prefix: string;
  delimiter: string;
  after: string;
  maxKeys: number;
}

function collect(catalog: Catalog, ask: Ask, emptyLastPage: boolean): Page {
  const page: Page = { objects: [], prefixes: [] };
  let index = Math.max(lowerBound(catalog, ask.prefix), lowerBound(catalog, ask.after, true));
  if (ask.delimiter !== '' && ask.after.endsWith(ask.delimiter) && ask.after.startsWith(ask.prefix)) {
    index = Math.max(index, skipGroup(catalog, index, ask.after));
  }
  let last: string | undefined;
  let shown = 0;
  while (shown < ask.maxKeys && index < catalog.length) {
    const object = catalog.at(index);
    if (!object.key.startsWith(ask.prefix)) break;
    const common = commonPrefix(object.key, ask);
    if (common === undefined) page.objects.push(object);
    else page.prefixes.push(common);
    last = common ?? object.key;
    index = common === undefined ? index + 1 : skipGroup(catalog, index, common);
    shown += 1;
  }
  const more = inPrefix(catalog, index, ask.prefix) || (emptyLastPage && shown === ask.maxKeys);
  if (more && last !== undefined) page.next = last;
  return page;
}

function inPrefix(catalog: Catalog, index: number, prefix: string): boolean {
  return index < catalog.length && catalog.at(index).key.startsWith(prefix);
}

function commonPrefix(key: string, ask: Ask): string | undefined {
  if (ask.delimiter === '') return undefined;
  const at = key.indexOf(ask.delimiter, ask.prefix.length);
  return at < 0 ? undefined : key.slice(0, at + ask.delimiter.length);
}

/** The index after the last key that starts with `common`, by bisection from `from`. */
function skipGroup(catalog: Catalog, from: number, common: string): number {
  let low = from;
  let high = catalog.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (catalog.at(middle).key.startsWith(common)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encodeToken(key: string): string {
  return Buffer.from(key).toString('base64');
}

function decodeToken(token: string): string {
  const key = Buffer.from(token, 'base64').toString();
  if (token === '' || encodeToken(key) !== token) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect');
  }
  return key;
}
