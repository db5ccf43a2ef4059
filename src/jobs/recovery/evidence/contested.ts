import { addTo } from '../../../core/groups.js';
import type { Owner } from '../../../registry/recovery/recovery-port.js';
import type { Candidate } from './candidate.js';
import { isEverybodys } from './decision.js';
import { TIERS } from './matcher.js';
import { shortPrintable } from './short-printable.js';

/** Rivals that are named; the others are counted. */
const NAMED = 4;

/** Who wants or has a content: how many, and the first of them. */
interface Rivals {
  count: number;
  /** One more than are named: one of them may be the row itself. */
  first: string[];
}

/**
 * Marks the candidates that may be somebody else's: contents that several rows want, and those that another artifact
 * has already, by its path or by its recorded digest. To want is to have the strongest standing candidate by an exact
 * name or by a digest; a name that is only similar, or that many files have, wants nothing.
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

/** The paths by which another artifact may be the owner of a place: as it is, and its ends of two and more segments. */
export function ownerPaths(one: Candidate): string[] {
  const { paths, member } = one.hit;
  const segments = (paths[0] ?? member).split('/').filter((segment) => segment !== '');
  // An owner whose path has less in common with the place than the row's own does not contest it.
  const least = Math.max(2, one.segments);
  const ends = segments.map((_, i) => segments.slice(i)).filter((end) => end.length >= least);
  const all = [...paths, ...ends.slice(-MAX_ENDS).map((end) => end.join('/'))];
  return [...new Set(all)].filter((path) => !path.includes('\0'));
}

/** Deeper ends are nobody's `file_path` that the source's own directories do not give. */
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
    return `it is wanted by ${named(others, total)} too`;
  }
  const notOwn = (ids: readonly string[] | undefined): string[] =>
    [...new Set(ids ?? [])].filter((other) => other !== id);
  const byPath = notOwn(ownerPaths(one).flatMap((path) => owned.byPath.get(path) ?? []));
  if (byPath.length > 0) return `its path is that of ${named(byPath, byPath.length)}`;
  const byDigest = notOwn(one.sha256 === undefined ? [] : owned.byDigest.get(one.sha256));
  return byDigest.length > 0 ? `its content is that of ${named(byDigest, byDigest.length)}` : undefined;
}

/** Whether the row itself is one of those who want: it is, unless it only shows the content. */
function isAmong(id: string, rivals: Rivals, one: Candidate): boolean {
  return rivals.first.includes(id) || (one.tier !== 'similar' && one.person !== 'rejected');
}

function named(ids: readonly string[], total: number): string {
  const shown = ids.slice(0, NAMED).map((id) => shortPrintable(id));
  const more = total - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
