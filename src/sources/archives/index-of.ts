import type { IndexedMember } from '../../archive/index/member.js';
import { IndexReader } from '../../archive/index/reader.js';
import { normaliseName } from '../../archive/names.js';
import { Failure } from '../../core/failure.js';
import type { Hit, Query } from '../../jobs/recovery/source-port.js';
import type { ObjectInfo, StoreReader } from '../../objectstore/port.js';
import type { StoredArchive } from './choose.js';
import { type HitContext, hitOf, isPlausible } from './member-hits.js';

/** Counts what was fetched. */
export interface Meter {
  bytes: number;
}

/**
 * Opens the index of an archive, bound to the object that the store has now.
 * @throws Damage, Failure `index.stale`, `store.*`
 */
export async function openIndex(
  store: StoreReader,
  archive: StoredArchive,
  meter: Meter,
): Promise<IndexReader> {
  const { index } = archive;
  if (index === undefined) throw new Failure('index.absent', 'the archive has no index');
  const read = (start: number, end: number): Promise<Uint8Array> =>
    readRange(store, index, start, end, meter);
  const reader = await IndexReader.open(index.sizeBytes, read);
  const { meta } = reader.footer;
  const kind = store.url.startsWith('s3:') ? 's3' : 'file';
  const otherTag = meta.etag !== undefined && meta.etagOf === kind && meta.etag !== archive.info.etag;
  if (meta.sizeBytes !== archive.info.sizeBytes || otherTag) {
    throw new Failure('index.stale', 'the index was made from another version of the archive');
  }
  return reader;
}

/** Bytes `start` to `end` of an object, bound to its version. */
export async function readRange(
  store: StoreReader,
  object: Pick<ObjectInfo, 'key' | 'etag'>,
  start: number,
  end: number,
  meter: Meter,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of streamRange(store, object, start, end, meter)) parts.push(chunk);
  return Buffer.concat(parts);
}

export async function* streamRange(
  store: StoreReader,
  object: Pick<ObjectInfo, 'key' | 'etag'>,
  start: number,
  end: number,
  meter: Meter,
): AsyncGenerator<Uint8Array> {
  const { body } = await store.get(object.key, {
    range: { start, end },
    ...(object.etag === undefined ? {} : { ifMatch: object.etag }),
  });
  for await (const chunk of body) {
    meter.bytes += chunk.length;
    yield chunk;
  }
}

export interface IndexResult {
  members: number;
  hits: Hit[];
}

/** Looks through all members of an index, by name and by digest. */
export async function searchIndex(
  reader: IndexReader,
  context: HitContext,
  query: Query,
): Promise<IndexResult> {
  const hits = new Map<string, Hit>();
  let members = 0;
  for await (const member of reader.members()) {
    members += 1;
    if (member.kind !== 'file' || member.sparse || !isPlausible(member.name)) continue;
    const wanted =
      query.wants(normaliseName(member.name)) ||
      (member.sha256 !== undefined && query.digests.has(member.sha256));
    // Of members of one name the last counts, and they come in the order of the archive.
    if (wanted)
      hits.set(member.name, indexedHit(context, member, reader.footer.meta.access !== 'stream-only'));
  }
  return { members, hits: [...hits.values()] };
}

function indexedHit(context: HitContext, member: IndexedMember, ranged: boolean): Hit {
  const hit = hitOf(context, member.name);
  return {
    ...hit,
    sizeBytes: member.sizeBytes,
    // As GNU tar lists it in UTC: the same member of an archive without an index is the same content.
    mtime: new Date(member.mtimeSeconds * 1000).toISOString().slice(0, 16).replace('T', ' '),
    ...(member.sha256 === undefined ? {} : { sha256: member.sha256 }),
    ...(ranged && member.sha256 !== undefined ? { indexed: true } : {}),
    locator: { ...hit.locator, indexed: ranged && member.sha256 !== undefined ? 1 : 0, at: member.headerAt },
  };
}
