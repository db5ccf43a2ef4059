import { candidateId } from '../evidence/candidate.js';
import type { ReadHit } from '../evidence/places.js';
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

/** Keeps what was read for the next plan, except from damaged containers and stand-ins, which are read again. */
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
