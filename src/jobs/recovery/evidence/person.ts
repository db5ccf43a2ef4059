import { addTo } from '../../../core/groups.js';
import type { PersonDecision } from '../../../registry/recovery/recovery-port.js';
import type { Candidate } from './candidate.js';

/** What people said of candidates, as it holds now. */
export interface Person {
  of(id: string, cid: string): Candidate['person'];
  /** The candidate of this row that was accepted last and not withdrawn. */
  acceptedFor(id: string): string | undefined;
  /** Every candidate of this row that is accepted or rejected. */
  decidedFor(id: string): readonly string[];
}

/** The last word on a candidate; an acceptance ends with the next one of the same row. */
export function personOf(decisions: readonly PersonDecision[]): Person {
  const accepted = new Map<string, string>();
  const rejected = new Map<string, Set<string>>();
  const mentioned = new Map<string, string[]>();
  const rejectedOf = (id: string): Set<string> => {
    const known = rejected.get(id) ?? new Set();
    rejected.set(id, known);
    return known;
  };
  for (const one of decisions) {
    const id = one.artifactId;
    if (one.decision === 'accept' && one.cid !== null) {
      accepted.set(id, one.cid);
      rejectedOf(id).delete(one.cid);
      addTo(mentioned, id, one.cid);
    } else if (one.decision === 'reject') {
      for (const cid of one.cid === null ? cidsIn(one.detail) : [one.cid]) {
        rejectedOf(id).add(cid);
        addTo(mentioned, id, cid);
        if (accepted.get(id) === cid) accepted.delete(id);
      }
    }
  }
  const of = (id: string, cid: string): Candidate['person'] =>
    rejected.get(id)?.has(cid) === true ? 'rejected' : accepted.get(id) === cid ? 'accepted' : 'none';
  return {
    of,
    acceptedFor: (id) => accepted.get(id),
    decidedFor: (id) => [...new Set(mentioned.get(id) ?? [])].filter((cid) => of(id, cid) !== 'none'),
  };
}

/** The candidates that were known when a whole row was rejected. */
function cidsIn(detail: unknown): string[] {
  const list: unknown =
    typeof detail === 'object' && detail !== null && 'candidates' in detail ? detail.candidates : [];
  return Array.isArray(list)
    ? list
        .map((one: unknown) => (one as { cid?: unknown } | null)?.cid)
        .filter((cid) => typeof cid === 'string')
    : [];
}
