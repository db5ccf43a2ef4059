import { addTo } from '../../../core/groups.js';
import type { Owner } from '../../../registry/recovery/recovery-port.js';
import type { Candidate } from './candidate.js';
import { isEverybodys } from './decision.js';
import { TIERS } from './matcher.js';
import { shortPrintable } from './short-printable.js';

/** Rivals listed by name; the others are only counted. */
const NAMED = 4;

/** The rows that claim or own a content: their number, and the first of them. */
interface Rivals {
  count: number;
  /** One more than are listed, because one of them may be the row itself. */
  first: string[];
}

/**
 * Marks contested candidates: contents that several rows claim, and contents that already belong to another artifact by
 * path or recorded digest. A row claims the contents of its strongest remaining candidates, by exact name or digest. A
 * similar name, or a name that many files have, is not a claim.
 */
export function markContested(
  byRow: ReadonlyMap<string, readonly Candidate[]>,
  owners: readonly Owner[],
): Map<string, Candidate[]> {
  const wanting = rowsByContent(byRow);
  const owned = ownersByKey(owners);
  return new Map(
    [...byRow].map(([id, candidates]) => [
      id,
      candidates.map((one) => {
        const contested = whyContested(id, one, wanting, owned);
        return contested === undefined ? one : { ...one, contested };
      }),
    ]),
  );
}

function rowsByContent(byRow: ReadonlyMap<string, readonly Candidate[]>): Map<string, Rivals> {
  const wanting = new Map<string, Rivals>();
  for (const [id, candidates] of byRow) {
    for (const key of wantedContents(candidates)) {
      const known = wanting.get(key) ?? { count: 0, first: [] };
      known.count += 1;
      if (known.first.length <= NAMED) known.first.push(id);
      wanting.set(key, known);
    }
  }
  return wanting;
}

function wantedContents(candidates: readonly Candidate[]): Set<string> {
  const standing = candidates.filter((one) => one.person !== 'rejected');
  const certain = standing.filter((one) => one.digest === 'equal' || one.person === 'accepted');
  if (certain.length > 0) return new Set(certain.map((one) => one.contentKey));
  const left = standing.filter(
    (one) =>
      one.digest !== 'contradicts' &&
      !one.sizeContradicts &&
      one.check !== 'fail' &&
      !one.superseded &&
      one.absent === undefined,
  );
  const tier = TIERS.find((name) => left.some((one) => one.tier === name));
  if (tier === undefined || tier === 'similar' || tier === 'digest') return new Set();
  const strongest = left.filter((one) => one.tier === tier);
  if (isEverybodys(strongest)) return new Set();
  const wanted = strongest.filter((one) => !(tier === 'basename' && one.generic !== undefined));
  return new Set(wanted.map((one) => one.contentKey));
}

interface Owned {
  byPath: ReadonlyMap<string, string[]>;
  byDigest: ReadonlyMap<string, string[]>;
}

function ownersByKey(owners: readonly Owner[]): Owned {
  const byPath = new Map<string, string[]>();
  const byDigest = new Map<string, string[]>();
  for (const { id, path, sha256 } of owners) {
    if (path !== null) addTo(byPath, path, id);
    if (sha256 !== null) addTo(byDigest, sha256, id);
  }
  return { byPath, byDigest };
}

/** Paths under which another artifact may own a place: the full path, and its ends of two or more segments. */
export function ownerPaths(one: Candidate): string[] {
  const { paths, member } = one.hit;
  const segments = (paths[0] ?? member).split('/').filter((segment) => segment !== '');
  // An owner whose path matches less of the place than the row's own path does not contest it.
  const least = Math.max(2, one.segments);
  const ends = segments.map((_, i) => segments.slice(i)).filter((end) => end.length >= least);
  const all = [...paths, ...ends.slice(-MAX_ENDS).map((end) => end.join('/'))];
  return [...new Set(all)].filter((path) => !path.includes('\0'));
}

/** Longer ends add nothing that the source's own directories do not give. */
const MAX_ENDS = 8;

function whyContested(
  id: string,
  one: Candidate,
  wanting: ReadonlyMap<string, Rivals>,
  owned: Owned,
): string | undefined {
  const rivals = wanting.get(one.contentKey);
  const others = rivals?.first.filter((other) => other !== id) ?? [];
  if (rivals !== undefined && others.length > 0) {
    const total = rivals.count - (isAmong(id, rivals, one) ? 1 : 0);
    return `it also matches ${named(others, total)}`;
  }
  const notOwn = (ids: readonly string[] | undefined): string[] =>
    [...new Set(ids ?? [])].filter((other) => other !== id);
  const byPath = notOwn(ownerPaths(one).flatMap((path) => owned.byPath.get(path) ?? []));
  if (byPath.length > 0) return `its path belongs to ${named(byPath, byPath.length)}`;
  const byDigest = notOwn(one.sha256 === undefined ? [] : owned.byDigest.get(one.sha256));
  return byDigest.length > 0 ? `its content belongs to ${named(byDigest, byDigest.length)}` : undefined;
}

/** Whether the row itself is among the rivals. */
function isAmong(id: string, rivals: Rivals, one: Candidate): boolean {
  return rivals.first.includes(id) || (one.tier !== 'similar' && one.person !== 'rejected');
}

function named(ids: readonly string[], total: number): string {
  const shown = ids.slice(0, NAMED).map((id) => shortPrintable(id));
  const more = total - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
