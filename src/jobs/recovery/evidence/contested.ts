import type { Owner } from '../../../registry/recovery/recovery-port.js';
import type { Candidate } from './candidate.js';
import { TIERS } from './matcher.js';
import { printable } from './short-printable.js';

/**
 * Marks the candidates that may be somebody else's: contents that several rows want, and those that another artifact
 * has already, by its path or by its recorded digest. To want is to have the strongest standing candidate by an exact
 * name or by a digest; a name that is only similar wants nothing.
 */
export function markContested(
  byRow: ReadonlyMap<string, readonly Candidate[]>,
  owners: readonly Owner[],
): Map<string, Candidate[]> {
  const wanting = rowsByContent(byRow);
  const owned = ownersByKey(owners);
  const marked = new Map<string, Candidate[]>();
  for (const [id, candidates] of byRow) {
    marked.set(
      id,
      candidates.map((one) => {
        const contested = whyContested(id, one, wanting, owned);
        return contested === undefined ? one : { ...one, contested };
      }),
    );
  }
  return marked;
}

function rowsByContent(byRow: ReadonlyMap<string, readonly Candidate[]>): Map<string, Set<string>> {
  const wanting = new Map<string, Set<string>>();
  for (const [id, candidates] of byRow) {
    for (const key of wantedContents(candidates)) wanting.set(key, (wanting.get(key) ?? new Set()).add(id));
  }
  return wanting;
}

function wantedContents(candidates: readonly Candidate[]): Set<string> {
  const standing = candidates.filter((one) => one.person !== 'rejected');
  const certain = standing.filter((one) => one.digest === 'equal' || one.person === 'accepted');
  if (certain.length > 0) return new Set(certain.map((one) => one.contentKey));
  const left = standing.filter(
    (one) => one.digest !== 'contradicts' && !one.sizeContradicts && one.check !== 'fail' && !one.superseded,
  );
  const tier = TIERS.find((name) => left.some((one) => one.tier === name));
  if (tier === undefined || tier === 'normalised' || tier === 'digest') return new Set();
  return new Set(left.filter((one) => one.tier === tier).map((one) => one.contentKey));
}

interface Owned {
  byPath: Map<string, string[]>;
  byDigest: Map<string, string[]>;
}

function ownersByKey(owners: readonly Owner[]): Owned {
  const byPath = new Map<string, string[]>();
  const byDigest = new Map<string, string[]>();
  for (const { id, path, sha256 } of owners) {
    if (path !== null) byPath.set(path, [...(byPath.get(path) ?? []), id]);
    if (sha256 !== null) byDigest.set(sha256, [...(byDigest.get(sha256) ?? []), id]);
  }
  return { byPath, byDigest };
}

function whyContested(
  id: string,
  one: Candidate,
  wanting: ReadonlyMap<string, ReadonlySet<string>>,
  owned: Owned,
): string | undefined {
  const others = (ids: Iterable<string>): string[] => [...new Set(ids)].filter((other) => other !== id);
  const rivals = others(wanting.get(one.contentKey) ?? []);
  if (rivals.length > 0) return `it is wanted by ${named(rivals)} too`;
  const byPath = others(one.hit.paths.flatMap((path) => owned.byPath.get(path) ?? []));
  if (byPath.length > 0) return `its path is that of ${named(byPath)}`;
  const byDigest = others(one.sha256 === undefined ? [] : (owned.byDigest.get(one.sha256) ?? []));
  return byDigest.length > 0 ? `its content is that of ${named(byDigest)}` : undefined;
}

function named(ids: readonly string[]): string {
  const shown = ids
    .slice(0, 3)
    .map((id) => printable(id))
    .join(', ');
  return ids.length > 3 ? `${shown} and ${ids.length - 3} more` : shown;
}
