import type { ListingEntry } from '../../archive/listing/entry.js';
import { normaliseName } from '../../archive/names.js';
import { isCold } from '../../core/storage-class.js';
import type { Hit, NameQuery } from '../../jobs/recovery/source-port.js';
import type { StoredArchive } from './choose.js';

/** What the hits of one archive have in common. */
export interface HitContext {
  source: string;
  /** The archive's whole url. */
  url: string;
  archive: StoredArchive;
  /** The larger, the newer. */
  age: number;
  /** Directories in the archive that may be the artifacts' root: empty, `data/artifacts/`. */
  rootPrefixes: readonly string[];
}

/** Longer names and deeper paths are nobody's artifact; PATH_MAX is 4,096. */
const MAX_NAME_LENGTH = 4096;
const MAX_SEGMENTS = 256;

/** Whether a member's name may stand for a file that is to be brought back. */
export function isPlausible(name: string): boolean {
  const segments = name.split('/');
  return (
    name.length <= MAX_NAME_LENGTH &&
    segments.length <= MAX_SEGMENTS &&
    !segments.includes('..') &&
    !name.includes('\0')
  );
}

/** Whether a name is wanted, or a hint for a person. */
export function isAsked(query: NameQuery, name: string): boolean {
  return query.wants(name) || query.isHint(name);
}

/** Marks what is only similar. */
export function hintOf(query: NameQuery, name: string): { hint?: true } {
  return query.wants(name) ? {} : { hint: true };
}

/** The hit for a member, without what only some sources know. */
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

/** The member's path below each directory that may be the root; an absolute name is below the system's root. */
function pathsOf(name: string, rootPrefixes: readonly string[]): string[] {
  const relative = name.replace(/^\/+/, '');
  const below = rootPrefixes.filter((prefix) => prefix !== '' && relative.startsWith(prefix));
  return [relative, ...below.map((prefix) => relative.slice(prefix.length))];
}

/**
 * Turns the lines that a search found into hits: one for each name that a line may stand for and that is wanted; of
 * several members of one name the last counts, as it does when tar extracts them.
 */
export class ListingHits {
  private readonly hits = new Map<string, { hit: Hit; occurrences: number }>();
  private dropped = 0;
  private odd = 0;

  constructor(
    private readonly context: HitContext,
    private readonly query: NameQuery,
    private readonly limit: number,
  ) {}

  /** Hits beyond the limit. */
  get leftOut(): number {
    return this.dropped;
  }

  /** Lines of a plain list that hold a wanted name and are neither it nor a path to it. */
  get oddLines(): number {
    return this.odd;
  }

  add(entry: ListingEntry): void {
    if (this.isOdd(entry)) this.odd += 1;
    if (entry.kind !== 'file' && entry.kind !== 'hardlink') return;
    for (const name of [entry.name, ...entry.alternatives]) {
      if (isPlausible(name) && isAsked(this.query, normaliseName(name))) this.addName(name, entry);
    }
  }

  all(): Hit[] {
    return [...this.hits.values()].map(({ hit, occurrences }) => ({
      ...hit,
      locator: { ...hit.locator, occurrences },
    }));
  }

  /** A message, a table or somebody else's format: whoever wrote it may have meant a member that is not listed. */
  private isOdd({ name, alternatives, mtime }: ListingEntry): boolean {
    if (mtime !== undefined || [name, ...alternatives].some((one) => this.query.wants(normaliseName(one))))
      return false;
    return name.split(/[\s"'`:;,=()[\]]+/).some((part) => part !== name && this.query.wants(part));
  }

  private addName(name: string, entry: ListingEntry): void {
    const known = this.hits.get(name);
    if (known === undefined && this.hits.size >= this.limit) {
      this.dropped += 1;
      return;
    }
    this.hits.set(name, { hit: this.hit(name, entry), occurrences: (known?.occurrences ?? 0) + 1 });
  }

  private hit(name: string, entry: ListingEntry): Hit {
    const hit = { ...hitOf(this.context, name), ...hintOf(this.query, normaliseName(name)) };
    // A hard link has the size 0 and the content of another member: nothing is known of it before it is read.
    if (entry.kind === 'hardlink') {
      return { ...hit, locator: { ...hit.locator, target: entry.linkTarget ?? '' } };
    }
    return {
      ...hit,
      ...(entry.sizeBytes === undefined ? {} : { sizeBytes: entry.sizeBytes }),
      ...(entry.mtime === undefined ? {} : { mtime: entry.mtime }),
    };
  }
}
