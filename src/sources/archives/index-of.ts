import { formatDamage } from '../../archive/damage.js';
import type { IndexedMember } from '../../archive/index/member.js';
import { IndexReader } from '../../archive/index/reader.js';
import { normaliseName } from '../../archive/names.js';
import { hasContent } from '../../archive/tar/member.js';
import { utcMinute } from '../../archive/tar/time.js';
import { Failure } from '../../core/failure.js';
import { storeKindOf } from '../../core/store-url.js';
import type { Hit, Query } from '../../jobs/recovery/source-port.js';
import type { ObjectInfo, StoreReader } from '../../objectstore/port.js';
import type { StoredArchive } from './choose.js';
import { type HitContext, hintOf, hitOf, isAsked, isPlausible, linkHitOf } from './member-hits.js';

/** Counts what was fetched. */
export interface Meter {
  bytes: number;
}

/**
 * Opens the index of an archive, bound to the current version of the object.
 * @throws Damage, Failure `index.stale`, `store.*`
 */
export async function openSourceIndex(
  store: StoreReader,
  archive: StoredArchive,
  meter: Meter,
): Promise<IndexReader> {
  const { index } = archive;
  if (index === undefined) throw new Failure('index.absent', 'the archive has no index');
  const read = (start: number, end: number): Promise<Uint8Array> =>
    readRange(store, index, { start, end }, meter);
  const reader = await IndexReader.open(index.sizeBytes, read);
  const { meta } = reader.footer;
  const kind = storeKindOf(store.url);
  const otherTag = meta.etag !== undefined && meta.etagOf === kind && meta.etag !== archive.info.etag;
  if (meta.sizeBytes !== archive.info.sizeBytes || otherTag) {
    throw new Failure('index.stale', 'the index was built from another version of the archive');
  }
  return reader;
}

/** Bytes `start` to `end` (exclusive). */
interface Range {
  start: number;
  end: number;
}

/** A range of an object, bound to its version. */
async function readRange(
  store: StoreReader,
  object: Pick<ObjectInfo, 'key' | 'etag'>,
  range: Range,
  meter: Meter,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of streamRange(store, object, range, meter)) parts.push(chunk);
  return Buffer.concat(parts);
}

export async function* streamRange(
  store: StoreReader,
  object: Pick<ObjectInfo, 'key' | 'etag'>,
  range: Range,
  meter: Meter,
): AsyncGenerator<Uint8Array> {
  const { body } = await store.get(object.key, {
    range,
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
  /** Wanted names for which a later member with the same name is not a file, and its type. */
  replaced: ReadonlyMap<string, string>;
}

/** Searches all members of an index by name and digest. */
export async function searchIndex(
  reader: IndexReader,
  context: HitContext,
  query: Query,
  { signal, budgetMs = INDEX_BUDGET_MS }: { signal?: AbortSignal | undefined; budgetMs?: number } = {},
): Promise<IndexResult> {
  const budget = new Budget(budgetMs, signal);
  const hits = new Map<string, Hit>();
  const replaced = new Map<string, string>();
  const asked: { member: IndexedMember; known: boolean }[] = [];
  let members = 0;
  for await (const member of reader.members()) {
    members += 1;
    budget.spend();
    if (!isPlausible(member.name)) continue;
    const known = member.sha256 !== undefined && query.digests.has(member.sha256);
    if (!known && !isAsked(query, normaliseName(member.name))) continue;
    asked.push({ member, known });
    if (asked.length > MAX_ASKED) throw formatDamage('limit', 'the archive has too many matching members');
  }
  const targets = await targetsOf(reader, asked, budget);
  for (const { member, known } of asked) {
    const content = contentOf(member, targets);
    // Members with one name come in archive order, and the last one counts.
    if (content === undefined) {
      if (hits.delete(member.name)) replaced.set(member.name, member.kind);
      const target = member.kind === 'symlink' ? member.linkName : undefined;
      const link = linkHitOf(context, query, member.name, target);
      if (link !== undefined) hits.set(member.name, link);
    } else {
      replaced.delete(member.name);
      const hit = indexedHit(context, member, content, reader.footer.meta.access !== 'stream-only');
      const hint = known ? {} : hintOf(query, normaliseName(member.name));
      hits.set(member.name, { ...hit, ...hint });
    }
  }
  return { members, hits: [...hits.values()], replaced };
}

/** At most this many steps along a chain of hard links. */
const MAX_LINK_STEPS = 16;

/** At most this many wanted members and link targets per archive. */
const MAX_ASKED = 200_000;
/** Searching ten million members takes seconds; an index that takes longer than this is hostile. */
const INDEX_BUDGET_MS = 5 * 60_000;

/** Ends the search of one index if it takes too long or the run is stopped. */
class Budget {
  readonly #endsAt: number;
  #spent = 0;

  readonly #signal: AbortSignal | undefined;

  constructor(budgetMs: number, signal: AbortSignal | undefined) {
    this.#signal = signal;

    this.#endsAt = performance.now() + budgetMs;
  }

  /** Counts one member. @throws Damage, the signal's reason */
  spend(): void {
    this.#spent += 1;
    if (this.#spent % 4096 !== 0) return;
    this.#signal?.throwIfAborted();
    if (performance.now() > this.#endsAt) throw formatDamage('limit', 'searching the index took too long');
  }
}

/**
 * The targets of hard links by name: one pass over the table for all links, and one more for each level of links to
 * links.
 */
async function targetsOf(
  reader: IndexReader,
  asked: readonly { member: IndexedMember }[],
  budget: Budget,
): Promise<ReadonlyMap<string, IndexedMember[]>> {
  const targets = new Map<string, IndexedMember[]>();
  let wanted = linkNames(
    asked.map(({ member }) => member),
    targets,
  );
  let kept = 0;
  for (let step = 0; wanted.size > 0 && step < MAX_LINK_STEPS; step += 1) {
    for (const name of wanted) targets.set(name, []);
    const found: IndexedMember[] = [];
    for await (const member of reader.members()) {
      budget.spend();
      const name = normaliseName(member.name);
      if (!wanted.has(name)) continue;
      targets.get(name)?.push(member);
      found.push(member);
      kept += 1;
      if (kept > MAX_ASKED) throw formatDamage('limit', 'the archive has too many link targets');
    }
    wanted = linkNames(found, targets);
  }
  return targets;
}

function linkNames(members: readonly IndexedMember[], known: ReadonlyMap<string, unknown>): Set<string> {
  const names = members.filter((one) => one.kind === 'hardlink').map((one) => normaliseName(one.linkName));
  return new Set(names.filter((name) => !known.has(name)));
}

/**
 * The member that has the content: the member itself or, for a hard link, the last member with the target name before
 * it.
 */
function contentOf(
  member: IndexedMember,
  targets: ReadonlyMap<string, readonly IndexedMember[]>,
): IndexedMember | undefined {
  let found: IndexedMember | undefined = member;
  for (let step = 0; found?.kind === 'hardlink'; step += 1) {
    if (step === MAX_LINK_STEPS) return undefined;
    found = lastBefore(targets.get(normaliseName(found.linkName)) ?? [], found.headerAt);
  }
  return found?.kind === 'file' ? found : undefined;
}

/** The last member before an offset; members come in archive order. */
function lastBefore(members: readonly IndexedMember[], headerAt: number): IndexedMember | undefined {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((members[middle]?.headerAt ?? headerAt) < headerAt) low = middle + 1;
    else high = middle;
  }
  return members[low - 1];
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
    // In GNU tar's format and UTC, so that the same member of an archive without an index has the same content key.
    mtime: utcMinute(content.mtimeSeconds),
    ...(content.sha256 === undefined ? {} : { sha256: content.sha256 }),
    ...(indexed ? { indexed: true } : {}),
    locator: { ...hit.locator, member: content.name, indexed: indexed ? 1 : 0, at: content.headerAt },
  };
}
