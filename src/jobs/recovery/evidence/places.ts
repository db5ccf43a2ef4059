import { addTo } from '../../../core/groups.js';
import type { DigestAlgorithm } from '../../../core/recorded-digest.js';
import type { Hit, VerifiedBy } from '../source-port.js';
import { contentKeyOf } from './candidate.js';
import { type CheckResult, deferredCheck } from './content/check.js';
import { basenameOf, type Expected } from './expected.js';
import { genericReason } from './generic.js';

/** What reading a hit during planning found. */
export interface ReadHit {
  sha256: string;
  sizeBytes: number;
  check: CheckResult;
  verifiedBy: VerifiedBy;
  /** The damage to its container, if that is why nothing proves the content. */
  damage?: { code: string; message: string };
}

/** Why a hit could not be read during planning. `absent`: its archive does not contain it. */
export interface FailedRead {
  absent: boolean;
  message: string;
}

/** A hit with everything known about it, independent of any row. */
export interface Place {
  cid: string;
  hit: Hit;
  /** `hit.paths[0]` below the configured directory of the source, for comparison with whole paths. */
  fullPath: string;
  name: string;
  sha256: string | undefined;
  contentKey: string;
  sizeBytes: number | undefined;
  check: Pick<CheckResult, 'state' | 'reason'>;
  generic: string | undefined;
  read: ReadHit | undefined;
  failed: FailedRead | undefined;
}

export interface Hits {
  hits: ReadonlyMap<string, Hit>;
  /** By CID. */
  read: ReadonlyMap<string, ReadHit>;
  failed: ReadonlyMap<string, FailedRead>;
  /** Digests other than the SHA-256, where some row has one on record: all algorithms that any row has. */
  digests: ReadonlyMap<string, ReadonlyMap<DigestAlgorithm, string>>;
}

/**
 * The hits of a search, indexed by whole path, last two segments, name, and digest. Memory grows with the hits, not
 * with rows times hits: rows that expect the same name share a list. Each list is sorted: usable places first, then
 * those that are cheaper to read, then the newest.
 */
export class Places {
  readonly byCid = new Map<string, Place>();
  readonly byWhole = new Map<string, Place[]>();
  readonly byTail = new Map<string, Place[]>();
  readonly byName = new Map<string, Place[]>();
  readonly byDigest = new Map<string, Place[]>();

  constructor(found: Hits, expected: Iterable<Expected>, genericNames: ReadonlySet<string>) {
    const wanted = wantedPaths(expected);
    const all = placesOf(found, genericNames);
    all.sort(byPreference);
    for (const place of all) {
      this.byCid.set(place.cid, place);
      if (place.sha256 !== undefined) addTo(this.byDigest, place.sha256, place);
      if (place.hit.hint === true) continue;
      addTo(this.byName, place.name, place);
      this.#addPaths(place, wanted);
    }
  }

  #addPaths(place: Place, wanted: WantedPaths): void {
    const path = place.fullPath;
    let slash = path.lastIndexOf('/');
    for (let segments = 2; slash >= 0; segments += 1) {
      slash = slash === 0 ? -1 : path.lastIndexOf('/', slash - 1);
      const suffix = path.slice(slash + 1);
      if (suffix === '' || segments > MAX_SEGMENTS) break;
      if (wanted.whole.has(suffix)) addTo(this.byWhole, suffix, place);
      if (segments === 2 && wanted.tails.has(suffix)) addTo(this.byTail, suffix, place);
    }
    // A single segment is a whole path only directly below a known root.
    const belowRoot = place.hit.paths.slice(1).includes(place.name);
    if (belowRoot && wanted.whole.has(place.name)) addTo(this.byWhole, place.name, place);
  }
}

/** PATH_MAX allows 2,048 segments, but no real artifact is that deep. */
const MAX_SEGMENTS = 256;

interface WantedPaths {
  whole: ReadonlySet<string>;
  tails: ReadonlySet<string>;
}

function wantedPaths(expected: Iterable<Expected>): WantedPaths {
  const whole = new Set<string>();
  const tails = new Set<string>();
  for (const row of expected) {
    for (const path of row.whole) whole.add(path);
    for (const path of row.paths) tails.add(tailOf(path));
  }
  return { whole, tails };
}

/** The last two segments. */
export function tailOf(path: string): string {
  const name = path.lastIndexOf('/');
  return path.slice(path.lastIndexOf('/', name - 1) + 1);
}

function placesOf(found: Hits, genericNames: ReadonlySet<string>): Place[] {
  const digests = digestsByKey(found);
  const checks = new Map([...found.read.values()].map(({ sha256, check }) => [sha256, check]));
  const directories = directoriesOfNames(found.hits.values());
  return [...found.hits].map(([cid, hit]) => {
    const read = found.read.get(cid);
    const name = basenameOf(hit.paths[0] ?? hit.member);
    const sha256 = hit.sha256 ?? read?.sha256 ?? digests.get(contentKeyOf(hit, undefined));
    const known = sha256 === undefined ? undefined : checks.get(sha256);
    const sizeBytes = read?.sizeBytes ?? hit.sizeBytes;
    return {
      cid,
      hit,
      fullPath: fullPathOf(hit),
      name,
      sha256,
      contentKey: contentKeyOf(hit, sha256),
      sizeBytes,
      check: read?.check ?? hit.examined ?? known ?? deferredCheck(name, sizeBytes),
      generic: genericReason(name, directories.get(name) ?? 0, genericNames),
      read,
      failed: found.failed.get(cid),
    };
  });
}

/** The path of a directory or repository may itself end with segments of the row's path. */
function fullPathOf(hit: Hit): string {
  const path = hit.paths[0] ?? hit.member;
  return hit.kind === 'archives' ? path : `${hit.object}/${path}`;
}

/** Digests by provisional key: a digest learned from one archive of a series applies to the same key in the others. */
function digestsByKey(found: Hits): Map<string, string> {
  const digests = new Map<string, string>();
  for (const [cid, hit] of found.hits) {
    const sha256 = hit.sha256 ?? found.read.get(cid)?.sha256;
    const key = contentKeyOf(hit, undefined);
    if (sha256 !== undefined && key.startsWith('provisional:')) digests.set(key, sha256);
  }
  return digests;
}

/** The number of different directories that have each basename: a measure of how specific it is. */
function directoriesOfNames(hits: Iterable<Hit>): Map<string, number> {
  const seen = new Map<string, Set<string>>();
  for (const hit of hits) {
    const path = hit.paths.at(-1) ?? '';
    const name = basenameOf(path);
    const known = seen.get(name) ?? new Set();
    seen.set(name, known.add(path.slice(0, path.length - name.length)));
  }
  return new Map([...seen].map(([name, directories]) => [name, directories.size]));
}

function byPreference(a: Place, b: Place): number {
  return (
    Number(isOutByItself(a)) - Number(isOutByItself(b)) ||
    costOf(a) - costOf(b) ||
    b.hit.age - a.hit.age ||
    (a.cid < b.cid ? -1 : 1)
  );
}

function isOutByItself({ check, hit, failed }: Place): boolean {
  return check.state === 'fail' || hit.superseded !== undefined || failed?.absent === true;
}

/** Relative cost of reading: a file is free; an archive must be fetched, by range or entirely. */
function costOf({ hit, read }: Pick<Place, 'hit' | 'read'>): number {
  if (read !== undefined || hit.kind === 'directory') return 0;
  if (hit.kind === 'git') return 1;
  return hit.indexed === true ? 2 : 3;
}
