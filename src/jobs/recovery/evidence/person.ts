import { addTo } from '../../../core/groups.js';
import type { PersonDecision } from '../../../registry/recovery/recovery-port.js';
import type { Candidate } from './candidate.js';

/** People's current decisions about candidates. */
export interface Person {
  of(id: string, cid: string): Candidate['person'];
  /** The accepted candidate of this row: the last acceptance that was not withdrawn. */
  acceptedFor(id: string): string | undefined;
  /** All accepted or rejected candidates of this row. */
  decidedFor(id: string): readonly string[];
}

/** Keeps the last decision about each candidate. Accepting another candidate of the row ends an earlier acceptance. */
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

/** The candidates that were known when all candidates of a row were rejected. */
function cidsIn(detail: unknown): string[] {
  const list: unknown =
    typeof detail === 'object' && detail !== null && 'candidates' in detail ? detail.candidates : [];
  return Array.isArray(list)
    ? list
        .map((one: unknown) => (one as { cid?: unknown } | null)?.cid)
        .filter((cid) => typeof cid === 'string')
    : [];
}
