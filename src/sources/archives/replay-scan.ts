import { normaliseName } from '../../archive/names.js';
import type { Hit, Query, ScannedArchive } from '../../jobs/recovery/source-port.js';
import type { ArchiveSearch } from './archive-search.js';
import { type HitContext, isAsked, isPlausible, tarHitOf } from './member-hits.js';

/** Identifies a version of an archive; undefined if its store reports no version. */
export function scanIdentity({ url, archive }: HitContext): string | undefined {
  const { etag, sizeBytes, lastModifiedMs } = archive.info;
  return etag === undefined ? undefined : JSON.stringify([url, etag, sizeBytes, lastModifiedMs]);
}

/**
 * Searches an archive without a listing by the member list of an earlier plan. False if that is not enough: the archive
 * must be read again if a content is wanted that was not wanted before.
 */
export async function replayScan(
  identity: string | undefined,
  context: HitContext,
  { query, tally, onHit }: Pick<ArchiveSearch, 'query' | 'tally' | 'onHit'>,
): Promise<boolean> {
  const { memory } = query;
  const scanned = identity === undefined ? undefined : await memory?.recallScan(identity);
  if (memory === undefined || scanned === undefined) return false;
  const { found, replaced } = lastOfEach(scanned, context, query);
  const hits: Hit[] = [];
  for (const hit of found.values()) {
    if (hit.hint === true || hit.locator.target !== undefined || hit.examined !== undefined) {
      hits.push(hit);
      continue;
    }
    const examined = memory.recall(hit);
    if (examined === undefined) return false;
    hits.push({ ...hit, examined });
  }
  tally.index(scanned.members.length);
  tally.replaced(context.url, replaced);
  for (const hit of hits) onHit(hit);
  return true;
}

/** The last member with a name counts, whatever its type. */
function lastOfEach(
  { members }: ScannedArchive,
  context: HitContext,
  query: Query,
): { found: Map<string, Hit>; replaced: Map<string, string> } {
  const found = new Map<string, Hit>();
  const replaced = new Map<string, string>();
  const seen = new Set<string>();
  for (const [stored, kind, sizeBytes, mtime, linkName] of members) {
    const name = normaliseName(stored);
    if (!isPlausible(stored) || !isAsked(query, name)) continue;
    found.delete(name);
    replaced.delete(name);
    if (kind !== 'file' && kind !== 'hardlink' && seen.has(name)) replaced.set(name, kind);
    const hit = tarHitOf(context, query, { name: stored, kind, sizeBytes, mtime, linkName });
    if (hit !== undefined) found.set(name, hit);
    seen.add(name);
  }
  return { found, replaced };
}
