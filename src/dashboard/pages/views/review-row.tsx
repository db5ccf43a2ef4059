import { useState } from 'preact/hooks';
import type { ReviewCandidate, ReviewDetail } from '../../api.js';
import { plural, size } from '../format.js';
import { useLoad } from '../load.js';
import { address, parameter } from '../router.js';
import { session } from '../session.js';
import { Badge } from '../ui/badge.js';
import { CanNotDecide, DecideButton, type Decision, DecisionDialog } from '../ui/decision.js';
import { Answer, Empty } from '../ui/states.js';
import { CommandLine, Digest, Name, Time } from '../ui/text.js';
import { Card, Facts, PageFrame } from './page.js';
import { DecidedBadge } from './review.js';

/** One missing file with its candidates, the evidence for and against each, and the decision. */
export function ReviewRowView() {
  const id = parameter('id') ?? '';
  const row = useLoad<ReviewDetail>(address('/api/review/row', { id }));
  return (
    <PageFrame title="Review of one artifact" up={{ href: '/review', name: 'Review' }}>
      <Answer of={row}>{(data) => <Row row={data} reload={row.reload} />}</Answer>
    </PageFrame>
  );
}

function Row({ row, reload }: { row: ReviewDetail; reload: () => void }) {
  const [decision, setDecision] = useState<Decision>();
  const can = session.value?.can.review === true;
  const waits = row.status === 'needs_review';
  return (
    <>
      <section class="card" aria-label="The artifact">
        <p class="subject">
          {waits ? (
            <DecidedBadge of={row.decided} />
          ) : (
            <Badge tone="plain" text={row.status.replaceAll('_', ' ')} />
          )}{' '}
          <a href={address('/artifacts', { id: row.artifact_id })}>
            <Name text={row.title ?? row.artifact_id} />
          </a>
        </p>
        <p class="explain">
          <Name text={row.explanation} />
        </p>
        <Facts
          facts={[
            { name: 'Artifact', value: <Name text={row.artifact_id} mono /> },
            { name: 'Type', value: <Name text={row.artifact_type} /> },
            {
              name: 'Path on record',
              value: row.file_path === null ? 'none' : <Name text={row.file_path} mono />,
            },
            {
              name: 'Expected names',
              value: row.expected.length === 0 ? 'none' : <Names names={row.expected} />,
            },
            ...(row.expected_size_bytes === null
              ? []
              : [{ name: 'Recorded size', value: size(row.expected_size_bytes) }]),
            ...row.trusted_sha256.map((sha256) => ({
              name: 'Recorded digest',
              value: <Digest sha256={sha256} />,
            })),
            { name: 'Planned', value: <Time at={row.updated_at} /> },
          ]}
        />
      </section>
      <Card title={plural(row.candidates.length, 'candidate')} id="candidates">
        {row.candidates.length === 0 && <Empty title="No candidate was found." />}
        <ol class="candidates">
          {row.candidates.map((candidate) => (
            <Candidate
              key={candidate.cid}
              candidate={candidate}
              row={row}
              can={can && waits}
              decide={setDecision}
            />
          ))}
        </ol>
        {waits && (
          <>
            <div class="buttons">
              {row.candidates.length > 1 && (
                <DecideButton can={can} kind="danger" onClick={() => setDecision(rejectAll(row))}>
                  Reject every candidate…
                </DecideButton>
              )}
              <DecideButton can={can} onClick={() => setDecision(unrecoverable(row))}>
                Declare it unrecoverable…
              </DecideButton>
            </div>
            <CanNotDecide can={can} />
            {session.value?.read_only && (
              <CommandLine
                text={`salvor recovery review accept ${shellWord(row.artifact_id)} --candidate CID`}
              />
            )}
          </>
        )}
      </Card>
      {row.decisions.length > 0 && <Decisions row={row} />}
      {decision && (
        <DecisionDialog
          decision={decision}
          onClose={() => setDecision(undefined)}
          onDone={() => {
            setDecision(undefined);
            reload();
          }}
        />
      )}
    </>
  );
}

function Names({ names }: { names: readonly string[] }) {
  return (
    <ul class="lines">
      {names.map((name) => (
        <li key={name}>
          <Name text={name} mono />
        </li>
      ))}
    </ul>
  );
}

function Candidate(props: {
  candidate: ReviewCandidate;
  row: ReviewDetail;
  can: boolean;
  decide: (decision: Decision) => void;
}) {
  const { candidate, row, can, decide } = props;
  return (
    <li class="candidate">
      <div class="candidate-head">
        <h3>
          <Name text={candidate.path} mono />
        </h3>
        <p class="muted">
          <code>{candidate.cid}</code> {candidate.tier} match in <Name text={candidate.source} />
        </p>
      </div>
      <Facts
        facts={[
          { name: 'Size', value: candidate.size_bytes === null ? 'not known' : size(candidate.size_bytes) },
          {
            name: 'File time',
            value: candidate.mtime === null ? 'not known' : <Name text={candidate.mtime} />,
          },
          {
            name: 'Digest',
            value: candidate.sha256 === null ? 'not known yet' : <Digest sha256={candidate.sha256} />,
          },
        ]}
      />
      <ul class="evidence" aria-label="Evidence">
        {candidate.evidence.map((line) => (
          <li key={line}>
            <Name text={line} />
          </li>
        ))}
      </ul>
      {candidate.rejected !== null && (
        <p class="attention">
          Speaks against it: <Name text={candidate.rejected} />
        </p>
      )}
      {can && (
        <div class="buttons">
          <DecideButton can kind="primary" onClick={() => decide(acceptOne(row, candidate))}>
            This is the file…
          </DecideButton>
          <DecideButton can onClick={() => decide(rejectOne(row, candidate))}>
            This is not it…
          </DecideButton>
        </div>
      )}
    </li>
  );
}

function Decisions({ row }: { row: ReviewDetail }) {
  return (
    <Card title="What people decided">
      <ul class="lines">
        {row.decisions.map((decision) => (
          <li key={decision.at}>
            <DecidedBadge of={decision} /> <Time at={decision.at} />
            {decision.note !== null && (
              <>
                : <Name text={decision.note} />
              </>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

const HREF = '/api/review/row';

function acceptOne(row: ReviewDetail, candidate: ReviewCandidate): Decision {
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
          refused. Until the plan is applied nothing is written.
        </p>
      </>
    ),
    requests: (note) => [
      { href: HREF, body: { id: row.artifact_id, verdict: 'accept', cid: candidate.cid, note } },
    ],
  };
}

function rejectOne(row: ReviewDetail, candidate: ReviewCandidate): Decision {
  return {
    title: 'Is this not the file?',
    verb: 'Reject the candidate',
    danger: true,
    note: 'optional',
    explain: (
      <p>
        No plan will propose <Name text={candidate.path} mono /> for this artifact again. The file itself is
        not touched.
      </p>
    ),
    requests: (note) => [
      { href: HREF, body: { id: row.artifact_id, verdict: 'reject', cid: candidate.cid, note } },
    ],
  };
}

function rejectAll(row: ReviewDetail): Decision {
  return {
    title: `Reject ${plural(row.candidates.length, 'candidate')}?`,
    verb: 'Reject them all',
    danger: true,
    note: 'optional',
    explain: <p>None of what was found is the file. Later plans go on looking for others.</p>,
    requests: (note) => [{ href: HREF, body: { id: row.artifact_id, verdict: 'reject', cid: null, note } }],
  };
}

function unrecoverable(row: ReviewDetail): Decision {
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
    requests: (reason) => [{ href: HREF, body: { id: row.artifact_id, verdict: 'unrecoverable', reason } }],
  };
}

function shellWord(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
