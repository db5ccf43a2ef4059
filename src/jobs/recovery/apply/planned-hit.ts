import type { PlanCandidate } from '../plan/plan-document.js';
import type { Hit } from '../source-port.js';

/** The hit that the plan was made from, as far as a source needs it to find the bytes. */
export function plannedHit(one: PlanCandidate): Hit {
  return {
    source: one.source,
    kind: one.kind,
    object: one.object,
    ...(one.version === null ? {} : { version: one.version }),
    member: one.member,
    paths: one.paths,
    ...(one.size_bytes === null ? {} : { sizeBytes: one.size_bytes }),
    ...(one.sha256 === null ? {} : { sha256: one.sha256 }),
    age: 0,
    locator: one.locator,
  };
}
