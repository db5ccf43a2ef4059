import type { ReviewCandidate, ReviewDecision, ReviewDetail } from '../../../api/recovery.js';
import { exactSize, size } from '../../format.js';
import { session } from '../../session.js';
import { Badge } from '../../ui/badge.js';
import { DecideButton } from '../../ui/decide-button.js';
import type { Decision } from '../../ui/decision.js';
import { CommandLine, Digest, ForeignTime, Name, Time } from '../../ui/text.js';
import { Facts } from '../page.js';
import { DecidedBadge } from './review.js';
import { acceptOne, rejectOne } from './review-decision.js';

/** How a candidate was found. */
const TIERS: Readonly<Record<string, string>> = {
  digest: 'same content',
  anchored: 'same full path',
  tail: 'same end of the path',
  basename: 'same file name',
};

/** A possible match: the evidence for and against it, and the decisions about it. */
export function Candidate(props: {
  candidate: ReviewCandidate;
  row: ReviewDetail;
  can: boolean;
  decide: (decision: Decision) => void;
}) {
  const { candidate, row, can, decide } = props;
  const said = decisionOf(candidate, row);
  return (
    <li class="candidate">
      <div class="candidate-head">
        <h3 tabIndex={-1}>
          <Name text={candidate.path} mono />
        </h3>
        <p class="muted">
          <code>{candidate.cid}</code> {TIERS[candidate.tier] ?? 'similar file name'} in{' '}
          <Name text={candidate.source} />
        </p>
      </div>
      <Facts
        facts={[
          { name: 'Size', value: <CandidateSize candidate={candidate} recorded={row.expected_size_bytes} /> },
          {
            name: 'File time',
            value: candidate.mtime === null ? 'unknown' : <ForeignTime text={candidate.mtime} />,
          },
          { name: 'Digest', value: <CandidateDigest candidate={candidate} recorded={row.trusted_sha256} /> },
        ]}
      />
      <ul class="evidence" aria-label="Evidence">
        {candidate.evidence.map((line) => (
          <li key={line}>
            <Name text={line} />
          </li>
        ))}
      </ul>
      {said !== undefined && (
        <p>
          <DecidedBadge of={said} /> <Time at={said.at} />
        </p>
      )}
      {candidate.rejected !== null && (
        <p class="attention">
          Evidence against it: <Name text={candidate.rejected} />
        </p>
      )}
      <ReadOnlyCommand row={row} candidate={candidate} />
      {can && (
        <div class="buttons">
          <DecideButton can kind="primary" shortcut="a" onClick={() => decide(acceptOne(row, candidate))}>
            This is the file…
          </DecideButton>
          <DecideButton can shortcut="r" onClick={() => decide(rejectOne(row, candidate))}>
            This is not the file…
          </DecideButton>
        </div>
      )}
    </li>
  );
}

/** The latest decision about this candidate since the plan. Accepting another candidate replaces an acceptance. */
function decisionOf({ cid }: ReviewCandidate, row: ReviewDetail): ReviewDecision | undefined {
  const since = row.decisions.filter(({ at }) => at > row.updated_at);
  const accepted = since.find(({ decision }) => decision === 'accept');
  return since.find((one) =>
    one.decision === 'accept'
      ? one === accepted && one.cid === cid
      : one.decision === 'reject' && (one.cid === cid || one.cid === null),
  );
}

function CandidateSize({ candidate, recorded }: { candidate: ReviewCandidate; recorded: number | null }) {
  const { size_bytes: bytes } = candidate;
  if (bytes === null) return <>unknown</>;
  return (
    <>
      {size(bytes)}
      {bytes >= 1000 && <span class="sub">{exactSize(bytes)}</span>}
      {recorded !== null && <Match same={bytes === recorded} what="recorded size" />}
    </>
  );
}

function CandidateDigest(props: { candidate: ReviewCandidate; recorded: readonly string[] }) {
  const { candidate, recorded } = props;
  if (candidate.sha256 === null) return <>unknown until it is read</>;
  return (
    <>
      <Digest sha256={candidate.sha256} />
      {recorded.length > 0 && (
        <Match same={recorded.includes(candidate.sha256.toLowerCase())} what="recorded digest" />
      )}
    </>
  );
}

/** Whether the value matches the registry, so that nobody has to compare digits at night. */
function Match({ same, what }: { same: boolean; what: string }) {
  return (
    <span class="match">
      {same ? (
        <Badge tone="good" icon="ok" text={`matches the ${what}`} />
      ) : (
        <Badge tone="warn" icon="warning" text={`differs from the ${what}`} />
      )}
    </span>
  );
}

function ReadOnlyCommand({ row, candidate }: { row: ReviewDetail; candidate: ReviewCandidate }) {
  if (!session.value?.read_only || row.status !== 'needs_review') return null;
  const id = shellWord(row.artifact_id);
  return <CommandLine text={`salvor recovery review accept ${id} --candidate ${candidate.cid}`} />;
}

function shellWord(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
