import { createHash } from 'node:crypto';
import { Damage } from '../../../archive/damage.js';
import type { VerifiedBy } from '../../../archive/extract.js';
import { HoleBudget } from '../../../archive/holes.js';
import type { IndexedMember } from '../../../archive/index/member.js';
import { IndexReader } from '../../../archive/index/reader.js';
import { type DecodeFrames, readMember } from '../../../archive/ranged.js';
import { Failure } from '../../../core/failure.js';
import { counted } from '../../../core/pluralize.js';
import { undefinedIfAbsent } from '../absent-object.js';
import { type ArchiveRef, INDEX_SUFFIX, storeKind } from '../archive-ref.js';
import { MAX_LINK_STEPS, memberFailures } from './member-failures.js';

export interface RangedOptions {
  /** Which of several members with that name, counted from 1. Default: the last. */
  occurrence: number | undefined;
  /** Zeros that are made for the holes of a sparse member; one that needs more is refused. */
  maxHoleBytes?: number;
  signal?: AbortSignal;
  decodeFrames?: DecodeFrames;
}

/** An archive that is read by range, with its index. */
export interface OpenIndex {
  archive: ArchiveRef;
  index: IndexReader;
}

/**
 * Opens the index of an archive; undefined if it has none.
 * @throws Failure `index.corrupt`
 */
export async function openIndex(archive: ArchiveRef, signal?: AbortSignal): Promise<OpenIndex | undefined> {
  const key = `${archive.key}${INDEX_SUFFIX}`;
  const info = await archive.store.head(key, signal).catch(undefinedIfAbsent);
  if (info === undefined) return undefined;
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const body = readRange({ store: archive.store, key }, info.etag, { start, end }, signal);
    return collect(body, end - start);
  };
  const index = await corruptIfDamaged(archive, IndexReader.open(info.sizeBytes, read));
  return { archive, index };
}

/**
 * Finds the member to restore by the first of the names that exists: the last member with that name unless another
 * occurrence is requested. A hard link leads to the member that has its content.
 * @throws Failure `member.not_found`, `member.not_regular`, `index.corrupt`
 */
export async function findMember(
  open: OpenIndex,
  names: readonly string[],
  options: RangedOptions,
): Promise<{ member: IndexedMember; name: string }> {
  const fail = memberFailures(open.archive, names[0] ?? '');
  const found = await firstFound(open, names);
  const { occurrence } = options;
  let member = occurrence === undefined ? found.at(-1) : found[occurrence - 1];
  for (let step = 0; member?.kind === 'hardlink'; step += 1) {
    if (step === MAX_LINK_STEPS)
      throw fail.notFound('its hard links form a loop or a chain of more than 16 members');
    const before = member.headerAt;
    const targets = await corruptIfDamaged(open.archive, open.index.find(member.linkName));
    member = targets.filter((target) => target.headerAt < before).at(-1);
    if (member === undefined) throw fail.notFound('it is a hard link to a missing member');
  }
  if (member === undefined) {
    throw fail.notFound(found.length === 0 ? '' : `it occurs ${counted(found.length, 'time')}`);
  }
  if (member.kind !== 'file') throw fail.notRegular(member.kind);
  return { member, name: found[0]?.name ?? member.name };
}

/** The members with the first of these names that exists. */
async function firstFound(open: OpenIndex, names: readonly string[]): Promise<IndexedMember[]> {
  for (const name of names) {
    const found = await corruptIfDamaged(open.archive, open.index.find(name));
    if (found.length > 0) return found;
  }
  return [];
}

/** Facts about a content that are known only at its end. */
export interface Verified {
  sizeBytes: number;
  sha256: string;
  verifiedBy: VerifiedBy;
}

/**
 * The content of a member by ranged reads, each bound to the object that the index was built from. Do not show the
 * bytes before the end: only then has the digest been compared.
 * @throws Failure `index.stale`, `index.corrupt`, `archive.limit`
 */
export async function* memberContent(
  open: OpenIndex,
  member: IndexedMember,
  options: RangedOptions,
): AsyncGenerator<Uint8Array, Verified> {
  const { archive, index } = open;
  const fail = memberFailures(archive, member.name);
  const holes = new HoleBudget(options.maxHoleBytes);
  if (!holes.take(member)) throw fail.tooManyHoles(holes.limitBytes);
  const etag = await boundEtag(open, options.signal);
  const hash = createHash('sha256');
  let count = 0;
  const readArchive = (start: number, end: number): AsyncIterable<Uint8Array> =>
    staleIfChanged(archive, readRange(archive, etag, { start, end }, options.signal));
  try {
    for await (const bytes of readMember(index, member, {
      readArchive,
      decodeFrames: options.decodeFrames,
    })) {
      hash.update(bytes);
      count += bytes.length;
      yield bytes;
    }
  } catch (error) {
    throw error instanceof Damage ? fail.corrupt(error.message) : error;
  }
  const digest = hash.digest('hex');
  if (count !== member.sizeBytes || (member.sha256 !== undefined && member.sha256 !== digest)) {
    throw fail.corrupt(
      `the content of ${JSON.stringify(member.name)} does not match its digest in the index`,
    );
  }
  return { sizeBytes: count, sha256: digest, verifiedBy: member.sha256 === undefined ? 'none' : 'sha256' };
}

async function* readRange(
  object: ArchiveRef,
  etag: string | undefined,
  range: { start: number; end: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (range.start === range.end) return;
  const { body } = await object.store.get(object.key, {
    range,
    ...(etag === undefined ? {} : { ifMatch: etag }),
    ...(signal === undefined ? {} : { signal }),
  });
  yield* body;
}

async function* staleIfChanged(
  archive: ArchiveRef,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    const gone =
      error instanceof Failure && ['store.precondition_failed', 'store.range'].includes(error.code);
    throw gone ? memberFailures(archive, '').stale() : error;
  }
}

/**
 * The ETag that every GET is bound to: that of the index. If the index has none for this kind of store (because `tee`
 * created it, or it was copied together with its archive), the current ETag of the object, provided that its size
 * matches.
 */
async function boundEtag({ archive, index }: OpenIndex, signal?: AbortSignal): Promise<string | undefined> {
  const { etag, etagOf, sizeBytes } = index.footer.meta;
  if (etag !== undefined && etagOf === storeKind(archive.store)) return etag;
  const info = await archive.store.head(archive.key, signal);
  if (info.sizeBytes !== sizeBytes) throw memberFailures(archive, '').stale();
  return info.etag;
}

async function collect(source: AsyncIterable<Uint8Array>, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let at = 0;
  for await (const part of source) {
    if (at + part.length > count) break;
    bytes.set(part, at);
    at += part.length;
  }
  return bytes.subarray(0, at);
}

async function corruptIfDamaged<T>(archive: ArchiveRef, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof Damage ? memberFailures(archive, '').corrupt(error.message) : error;
  }
}
