import { candidateId } from '../evidence/candidate.js';
import type { ReadHit } from '../evidence/places.js';
import type { Hit, Source } from '../source-port.js';
import type { PlanMemory } from './plan-memory.js';

/** A content is known again only where its container has a version of its own, and its store a name. */
function keyOf({ identity }: Pick<Source, 'identity'>, hit: Hit): string | undefined {
  if (identity === undefined || hit.version === undefined) return undefined;
  return JSON.stringify([identity, candidateId(hit)]);
}

/** What an earlier plan has read of exactly this content. */
export function recallRead(
  source: Pick<Source, 'identity'>,
  hit: Hit,
  memory: PlanMemory,
): ReadHit | undefined {
  const key = keyOf(source, hit);
  return key === undefined ? undefined : memory.recall(key);
}

/** Keeps what was read for the next plan. What a damaged container or a stand-in said is looked at again. */
export function rememberRead(
  source: Pick<Source, 'identity'>,
  hit: Hit,
  { sha256, sizeBytes, verifiedBy, check, damage }: ReadHit,
  memory: PlanMemory,
): void {
  const key = keyOf(source, hit);
  if (key === undefined || damage !== undefined || check.standIn !== undefined) return;
  const { state, format, reason } = check;
  memory.remember(key, { sha256, sizeBytes, verifiedBy, check: { state, format, reason } });
}
