import type { ReviewCandidate, ReviewDetail } from '../../../api/recovery.js';
import { plural } from '../../format.js';
import type { Decision } from '../../ui/decision.js';
import { Name } from '../../ui/text.js';

const HREF = '/api/review/row';

/** The latest decision counts, and nothing is applied before the next plan. */
const REVOCABLE =
  'Until a plan is applied, you can change or withdraw the decision on this page. After that, undo it in the journal.';

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
          The next recovery plan binds this candidate to the artifact. If the file changes before then, the
          plan refuses it. {REVOCABLE}
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
    verb: 'Reject all',
    danger: true,
    note: 'optional',
    explain: <p>None of the candidates is the file. Later plans keep looking for others. {REVOCABLE}</p>,
    requests: (note) => [
      {
        href: HREF,
        body: { id: row.artifact_id, seen: row.last_decision, verdict: 'reject', cid: null, note },
      },
    ],
  };
}

/** Decisions about candidates can be withdrawn. Declaring a row unrecoverable is undone in the journal. */
export function isWithdrawable({ decided }: ReviewDetail): boolean {
  return decided?.decision === 'accept' || decided?.decision === 'reject';
}

export function withdraw(row: ReviewDetail): Decision {
  return {
    title: 'Withdraw the decision?',
    verb: 'Withdraw the decision',
    note: 'optional',
    explain: (
      <p>
        Withdraws all decisions about the candidates of <Name text={row.artifact_id} mono />. The row needs a
        decision again, and the next plan ignores the withdrawn ones.
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
        Marks the row as unrecoverable, with your reason. Plans no longer search for its file unless asked to.
        You can undo this in the journal.
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
