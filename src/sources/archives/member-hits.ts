import type { EntryKind, ListingEntry } from '../../archive/listing/entry.js';
import { normaliseName } from '../../archive/names.js';
import { addTo } from '../../core/groups.js';
import { isCold } from '../../core/storage-class.js';
import { describeStandIn, standInOfLink } from '../../files/stand-in.js';
import type { Hit, NameQuery } from '../../jobs/recovery/source-port.js';
import type { StoredArchive } from './choose.js';

/** Shared by all hits of one archive. */
export interface HitContext {
  source: string;
  /** The full url of the archive. */
  url: string;
  archive: StoredArchive;
  /** Larger means newer. */
  age: number;
  /** Directories in the archive that may be the artifacts' root: empty, `data/artifacts/`. */
  rootPrefixes: readonly string[];
}

/** Longer names cannot be artifacts: PATH_MAX is 4,096. */
const MAX_NAME_LENGTH = 4096;
const MAX_SEGMENTS = 256;
/** At most this many words and separators of a line that does not look like a member. */
const MAX_PIECES = 60;
/** At most this many readings of one line that differ only before the last segment. */
const MAX_READINGS = 8;

/** Whether a member name may be that of a file to recover. */
export function isPlausible(name: string): boolean {
  const segments = name.split('/');
  return (
    name.length <= MAX_NAME_LENGTH &&
    segments.length <= MAX_SEGMENTS &&
    !segments.includes('..') &&
    !name.includes('\0')
  );
}

function basenameOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Whether a name is wanted or a hint. */
export function isAsked(query: NameQuery, name: string): boolean {
  return query.wants(name) || query.isHint(name);
}

/** Marks names that are only similar. */
export function hintOf(query: NameQuery, name: string): { hint?: true } {
  return query.wants(name) ? {} : { hint: true };
}

/** The hit for a member, without facts that only some sources know. */
export function hitOf(context: HitContext, member: string): Hit {
  const { archive } = context;
  const name = normaliseName(member);
  return {
    source: context.source,
    kind: 'archives',
    object: context.url,
    ...(archive.info.etag === undefined ? {} : { version: archive.info.etag }),
    member: name,
    paths: pathsOf(name, context.rootPrefixes),
    series: archive.series,
    ...(isCold(archive.info.storageClass) ? { cold: archive.info.storageClass ?? '' } : {}),
    age: context.age,
    locator: { key: archive.info.key, member },
  };
}

/** A member of a tar, from its header or from the member list of an earlier plan. */
interface TarEntry {
  name: string;
  kind: string;
  sizeBytes: number;
  mtime: string;
  linkName: string;
}

/**
 * The hit for a member of a tar; undefined if no file can come from it. The content of a hard link is that of another
 * member, so its size is unknown until it is read.
 */
export function tarHitOf(
  context: HitContext,
  query: NameQuery,
  { name, kind, sizeBytes, mtime, linkName }: TarEntry,
): Hit | undefined {
  if (kind === 'symlink') return linkHitOf(context, query, name, linkName);
  if (kind !== 'file' && kind !== 'hardlink') return undefined;
  const hit = { ...hitOf(context, name), ...hintOf(query, normaliseName(name)) };
  return kind === 'file'
    ? { ...hit, sizeBytes, mtime }
    : { ...hit, locator: { ...hit.locator, target: linkName } };
}

/** The hit for a git-annex link, which states its content and is not followed. Undefined for other links. */
export function linkHitOf(
  context: HitContext,
  query: NameQuery,
  member: string,
  target: string | undefined,
): Hit | undefined {
  const standIn = target === undefined ? undefined : standInOfLink(target);
  if (standIn === undefined || !query.wants(normaliseName(member))) return undefined;
  const reason = `it is ${describeStandIn(standIn)}, not the file`;
  return { ...hitOf(context, member), examined: { state: 'fail', reason, standIn } };
}

/** The member's path below each directory that may be the root. Absolute names count as below the system's root. */
function pathsOf(name: string, rootPrefixes: readonly string[]): string[] {
  const relative = name.replace(/^\/+/, '');
  const below = rootPrefixes.filter((prefix) => prefix !== '' && relative.startsWith(prefix));
  return [relative, ...below.map((prefix) => relative.slice(prefix.length))];
}

/**
 * Converts the lines that a search found into hits, one for each wanted name that a line may represent. Of several
 * members with one name the last counts, whatever its type, as when tar extracts them.
 */
export class ListingHits {
  readonly #hits = new Map<string, Hit>();
  /** The number of lines with a name, and whether all of them are unambiguous. */
  readonly #counts = new Map<string, { lines: number; isSure: boolean }>();
  readonly #hidden = new Map<string, EntryKind>();
  #dropped = 0;
  #odd = 0;

  readonly #context: HitContext;
  readonly #query: NameQuery;
  readonly #limit: number;

  constructor(context: HitContext, query: NameQuery, limit: number) {
    this.#context = context;
    this.#query = query;
    this.#limit = limit;
  }

  /** Number of hits beyond the limit. */
  get leftOut(): number {
    return this.#dropped;
  }

  /** Number of lines that contain a wanted name but are neither that name nor a path to it. */
  get oddLines(): number {
    return this.#odd;
  }

  /** Wanted names for which a later member with the same name is not a file, and its type. */
  get replaced(): ReadonlyMap<string, string> {
    return this.#hidden;
  }

  entry(entry: ListingEntry): void {
    if (this.#isOdd(entry)) this.#odd += 1;
    const names = [entry.name, ...entry.alternatives];
    const asked = names.filter((name) => isPlausible(name) && isAsked(this.#query, normaliseName(name)));
    const byBasename = new Map<string, string[]>();
    for (const name of asked) addTo(byBasename, basenameOf(normaliseName(name)), name);
    for (const [name = '', ...others] of byBasename.values()) {
      if (this.#mayHaveContent(entry)) this.#addName(name, others, entry);
      else this.#hide(name, entry);
    }
  }

  /** Processes a line that does not look like a member. */
  other(line: string): void {
    if (this.#holdsWanted(line)) this.#odd += 1;
  }

  all(): Hit[] {
    return [...this.#hits.entries()].map(([key, hit]) => {
      const { lines = 1, isSure = false } = this.#counts.get(key) ?? {};
      return isSure ? { ...hit, locator: { ...hit.locator, occurrences: lines } } : hit;
    });
  }

  #mayHaveContent({ kind }: ListingEntry): boolean {
    return kind === 'file' || kind === 'hardlink' || kind === 'unknown';
  }

  /** Whether a line is a message, a table, or in a foreign format, and may refer to a member that is not listed. */
  #isOdd({ name, alternatives, mtime }: ListingEntry): boolean {
    if (mtime !== undefined || [name, ...alternatives].some((one) => this.#query.wants(normaliseName(one))))
      return false;
    return this.#holdsWanted(name);
  }

  #holdsWanted(text: string): boolean {
    const pieces = text.split(/([\s"'`:;,=()[\]|<>]+)/).slice(0, MAX_PIECES);
    // Names may contain separators too, so any run of pieces may be a name.
    for (let from = 0; from < pieces.length; from += 2) {
      let run = '';
      for (let to = from; to < pieces.length; to += 1) {
        run += pieces[to] ?? '';
        if (to % 2 === 0 && run !== text && run !== '' && this.#query.wants(run)) return true;
      }
    }
    return false;
  }

  #count(key: string, entry: ListingEntry): void {
    const { lines, isSure } = this.#counts.get(key) ?? { lines: 0, isSure: true };
    this.#counts.set(key, { lines: lines + 1, isSure: isSure && entry.alternatives.length === 0 });
  }

  #hide(name: string, entry: ListingEntry): void {
    const key = normaliseName(name);
    if (this.#counts.size < this.#limit || this.#counts.has(key)) this.#count(key, entry);
    // If the line is ambiguous, only the archive can tell which member comes last.
    if (entry.alternatives.length === 0 && this.#hits.delete(key)) this.#hidden.set(key, entry.kind);
    const link = entry.kind === 'symlink' ? this.#link(name, entry) : undefined;
    if (link !== undefined && !this.#hits.has(key) && this.#hits.size < this.#limit)
      this.#hits.set(key, link);
  }

  #link(name: string, { linkTarget }: ListingEntry): Hit | undefined {
    return linkHitOf(this.#context, this.#query, name, linkTarget);
  }

  #addName(name: string, others: readonly string[], entry: ListingEntry): void {
    const key = normaliseName(name);
    if (!this.#hits.has(key) && this.#hits.size >= this.#limit) {
      this.#dropped += 1;
      return;
    }
    this.#hidden.delete(key);
    this.#count(key, entry);
    const hit = this.#hit(name, entry);
    // One line is one member, however it is read. The archive tells which of the names is right.
    if (others.length === 0) this.#hits.set(key, hit);
    else {
      const kept = others.slice(0, MAX_READINGS);
      const paths = [...hit.paths, ...kept.flatMap((other) => hitOf(this.#context, other).paths)];
      const also = kept.join('\0');
      this.#hits.set(key, { ...hit, paths: [...new Set(paths)], locator: { ...hit.locator, also } });
    }
  }

  #hit(name: string, entry: ListingEntry): Hit {
    const hit = { ...hitOf(this.#context, name), ...hintOf(this.#query, normaliseName(name)) };
    // A hard link has size 0 and the content of another member, so its size is unknown until it is read.
    const isLink = entry.kind === 'hardlink' || entry.linkTarget !== undefined;
    if (isLink) return { ...hit, locator: { ...hit.locator, target: entry.linkTarget ?? '' } };
    return {
      ...hit,
      ...(entry.sizeBytes === undefined ? {} : { sizeBytes: entry.sizeBytes }),
      ...(entry.mtime === undefined ? {} : { mtime: entry.mtime }),
    };
  }
}
