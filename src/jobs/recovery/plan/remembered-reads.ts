import { candidateId } from '../evidence/candidate.js';
import type { ReadHit } from '../evidence/places.js';
import type { PlanPorts } from '../options.js';
import type { Hit, Source } from '../source-port.js';
import type { PlanMemory } from './plan-memory.js';

/** A content can be remembered only if its container has a version and its store an identity. */
function keyOf({ identity }: Pick<Source, 'identity'>, hit: Hit): string | undefined {
  if (identity === undefined || hit.version === undefined) return undefined;
  return JSON.stringify([identity, candidateId(hit)]);
}

/** What an earlier plan read of exactly this content. */
export function recallRead(
  source: Pick<Source, 'identity'>,
  hit: Hit,
  memory: PlanMemory,
): ReadHit | undefined {
  const key = keyOf(source, hit);
  return key === undefined ? undefined : memory.recall(key);
}

/** Keeps what was read for the next plan, except from damaged containers, which are read again. */
export function rememberRead(
  source: Pick<Source, 'identity'>,
  hit: Hit,
  { sha256, sizeBytes, verifiedBy, check, damage }: ReadHit,
  memory: PlanMemory,
): void {
  const key = keyOf(source, hit);
  if (key === undefined || damage !== undefined) return;
  memory.remember(key, { sha256, sizeBytes, verifiedBy, check });
}

/** What earlier plans and `apply` read is known before anything is decided. */
export function recallAll(
  { hits, read }: { hits: ReadonlyMap<string, Hit>; read: Map<string, ReadHit> },
  { sources, memory, cache }: Pick<PlanPorts, 'sources' | 'memory' | 'cache'>,
): void {
  const byName = new Map(sources.map((source) => [source.name, source]));
  for (const [cid, hit] of hits) {
    const source = byName.get(hit.source);
    if (source === undefined || hit.kind !== 'archives' || read.has(cid)) continue;
    const known = recallRead(source, hit, memory);
    if (known === undefined) continue;
    read.set(cid, known);
    cache.claim(known.sha256);
  }
}
