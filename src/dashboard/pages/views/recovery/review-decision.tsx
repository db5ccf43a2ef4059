import type { ReviewCandidate, ReviewDetail } from '../../../api/recovery.js';
import { plural } from '../../format.js';
import type { Decision } from '../../ui/decision.js';
import { Name } from '../../ui/text.js';

const HREF = '/api/review/row';

/** The last word about a candidate counts, and nothing is carried out before the next plan. */
const REVOCABLE =
  'Until then you can decide otherwise on this page, or take it back; once a plan is applied, the journal has the undo.';

export function acceptOne(row: ReviewDetail, candidate: ReviewCandidate): Decision {
  return {
    title: 'Is this the file?',
    verb: 'Accept the candidate',
    note: 'optional',
    explain: (
      <>
        <p>
          <Name text={candidate.path} mono />
        </p>
        <p>
          The next recovery plan binds exactly this candidate to the artifact. If it changes until then, it is
          refused. Until the plan is applied nothing is written. {REVOCABLE}
        </p>
      </>
    ),
    requests: (note) => [
      {
        href: HREF,
        body: { id: row.artifact_id, seen: row.last_decision, verdict: 'accept', cid: candidate.cid, note },
      },
    ],
  };
}

export function rejectOne(row: ReviewDetail, candidate: ReviewCandidate): Decision {
  return {
    title: 'Is this not the file?',
    verb: 'Reject the candidate',
    danger: true,
    note: 'optional',
    explain: (
      <p>
        No plan will propose <Name text={candidate.path} mono /> for this artifact again. The file itself is
        not touched. {REVOCABLE}
      </p>
    ),
    requests: (note) => [
      {
        href: HREF,
        body: { id: row.artifact_id, seen: row.last_decision, verdict: 'reject', cid: candidate.cid, note },
      },
    ],
  };
}

export function rejectAll(row: ReviewDetail): Decision {
  return {
    title: `Reject ${plural(row.candidates.length, 'candidate')}?`,
    verb: 'Reject them all',
    danger: true,
    note: 'optional',
    explain: <p>None of what was found is the file. Later plans go on looking for others. {REVOCABLE}</p>,
    requests: (note) => [
      {
        href: HREF,
        body: { id: row.artifact_id, seen: row.last_decision, verdict: 'reject', cid: null, note },
      },
    ],
  };
}

/** Of a verdict on candidates: what declared the row unrecoverable is in the journal. */
export function isWithdrawable({ decided }: ReviewDetail): boolean {
  return decided?.decision === 'accept' || decided?.decision === 'reject';
}

export function withdraw(row: ReviewDetail): Decision {
  return {
    title: 'Take it back?',
    verb: 'Take it back',
    note: 'optional',
    explain: (
      <p>
        All that was said of the candidates of <Name text={row.artifact_id} mono /> counts no more. It waits
        for a decision again, and the next plan decides as if nobody had said anything.
      </p>
    ),
    requests: (note) => [
      { href: HREF, body: { id: row.artifact_id, seen: row.last_decision, verdict: 'withdraw', note } },
    ],
  };
}

export function unrecoverable(row: ReviewDetail): Decision {
  return {
    title: 'Declare it unrecoverable?',
    verb: 'Declare it unrecoverable',
    danger: true,
    note: 'required',
    explain: (
      <p>
        The row is marked with your reason and is not looked for any more, unless somebody asks for it. The
        journal can take it back.
      </p>
    ),
    requests: (reason) => [
      {
        href: HREF,
        body: { id: row.artifact_id, seen: row.last_decision, verdict: 'unrecoverable', reason },
      },
    ],
  };
}
