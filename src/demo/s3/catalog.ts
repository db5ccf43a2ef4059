import { createHash } from 'node:crypto';
import { compareUtf8 } from '../../core/bytes.js';

export interface StoredObject {
  key: string;
  sizeBytes: number;
  lastModifiedMs: number;
  /** Without quotes. */
  etag: string;
  /** Default: STANDARD. */
  storageClass?: string;
}

/** The objects of one bucket in UTF-8 order. Access by index lets a test list a million generated objects. */
export interface Catalog {
  readonly length: number;
  at(index: number): StoredObject;
  /** The bytes from `start` to `end`; zeros if the object has only a size. */
  read(object: StoredObject, start: number, end: number): AsyncIterable<Uint8Array>;
  /** Absent if the objects are generated. */
  put?(key: string, content: Buffer, etag?: string): Promise<StoredObject>;
  delete?(key: string): Promise<void>;
}

/** The index of the first object whose key does not sort before `key` (or, with `after`, sorts after it). */
export function lowerBound(catalog: Catalog, key: string, after = false): number {
  let low = 0;
  let high = catalog.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareUtf8(catalog.at(middle).key, key);
    if (order < 0 || (after && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function findObject(catalog: Catalog, key: string): StoredObject | undefined {
  const index = lowerBound(catalog, key);
  const found = index < catalog.length ? catalog.at(index) : undefined;
  return found?.key === key ? found : undefined;
}

/** An ETag for an object that has no content to hash. */
export function inventedEtag(key: string, sizeBytes: number): string {
  return createHash('md5').update(`${key}\0${sizeBytes}`).digest('hex');
}

const ZEROS = Buffer.alloc(64 * 1024);

export async function* zeros(count: number): AsyncIterable<Uint8Array> {
  for (let left = count; left > 0; left -= ZEROS.length)
    yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}

/**
 * Objects made from their index: `keyAt` must ascend strictly in UTF-8 order. Every object is dated `lastModifiedMs`
 * unless `dateAt` says otherwise. Read-only.
 */
export function syntheticCatalog(
  length: number,
  keyAt: (index: number) => string,
  more: { sizeBytes?: number; lastModifiedMs?: number; dateAt?: (index: number) => number } = {},
): Catalog {
  const sizeBytes = more.sizeBytes ?? 1024;
  const lastModifiedMs = more.lastModifiedMs ?? Date.UTC(2026, 3, 24, 12);
  return {
    length,
    at: (index) => ({
      key: keyAt(index),
      sizeBytes,
      lastModifiedMs: more.dateAt?.(index) ?? lastModifiedMs,
      etag: SYNTHETIC_ETAG,
    }),
    read: (_object, start, end) => zeros(end - start),
  };
}

const SYNTHETIC_ETAG = inventedEtag('synthetic', 0);
