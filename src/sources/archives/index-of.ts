import type { IndexedMember } from '../../archive/index/member.js';
import { IndexReader } from '../../archive/index/reader.js';
import { normaliseName } from '../../archive/names.js';
import { hasContent } from '../../archive/tar/member.js';
import { utcMinute } from '../../archive/tar/time.js';
import { Failure } from '../../core/failure.js';
import type { Hit, Query } from '../../jobs/recovery/source-port.js';
import type { ObjectInfo, StoreReader } from '../../objectstore/port.js';
import type { StoredArchive } from './choose.js';
import { type HitContext, hintOf, hitOf, isAsked, isPlausible } from './member-hits.js';

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
async function readRange(
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
  const seen = new Map<string, number>();
  let members = 0;
  for await (const member of reader.members()) {
    members += 1;
    if (!isPlausible(member.name)) continue;
    const known = member.sha256 !== undefined && query.digests.has(member.sha256);
    if (!known && !isAsked(query, normaliseName(member.name))) continue;
    const occurrences = (seen.get(member.name) ?? 0) + 1;
    seen.set(member.name, occurrences);
    const content = await contentOf(reader, member);
    // Of members of one name the last counts, and they come in the order of the archive.
    if (content === undefined) hits.delete(member.name);
    else {
      const hit = indexedHit(context, member, content, reader.footer.meta.access !== 'stream-only');
      const hint = known ? {} : hintOf(query, normaliseName(member.name));
      hits.set(member.name, { ...hit, ...hint, locator: { ...hit.locator, occurrences } });
    }
  }
  return { members, hits: [...hits.values()] };
}

/** Hard links to hard links to …: nobody makes more. */
const MAX_LINK_STEPS = 16;

/** The member that holds the content: itself, or the last one of a hard link's target before it. */
async function contentOf(reader: IndexReader, member: IndexedMember): Promise<IndexedMember | undefined> {
  let found: IndexedMember | undefined = member;
  for (let step = 0; found?.kind === 'hardlink'; step += 1) {
    if (step === MAX_LINK_STEPS) return undefined;
    const before: number = found.headerAt;
    const targets: IndexedMember[] = await reader.find(found.linkName);
    found = targets.filter((target) => target.headerAt < before).at(-1);
  }
  return found?.kind === 'file' ? found : undefined;
}

function indexedHit(
  context: HitContext,
  member: IndexedMember,
  content: IndexedMember,
  ranged: boolean,
): Hit {
  const hit = hitOf(context, member.name);
  const indexed = ranged && content.sha256 !== undefined && hasContent(content);
  return {
    ...hit,
    sizeBytes: content.sizeBytes,
    // As GNU tar lists it in UTC: the same member of an archive without an index is the same content.
    mtime: utcMinute(content.mtimeSeconds),
    ...(content.sha256 === undefined ? {} : { sha256: content.sha256 }),
    ...(indexed ? { indexed: true } : {}),
    locator: { ...hit.locator, member: content.name, indexed: indexed ? 1 : 0, at: content.headerAt },
  };
}
