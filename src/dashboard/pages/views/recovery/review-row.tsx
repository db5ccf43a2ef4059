import type { ReviewDetail } from '../../../api/recovery.js';
import { plural } from '../../format.js';
import { useLoad } from '../../load.js';
import { address, parameter } from '../../router.js';
import { session } from '../../session.js';
import { Badge } from '../../ui/badge.js';
import { CannotDecide, DecideButton } from '../../ui/decide-button.js';
import { useDecision } from '../../ui/decision.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { Digest, Name, Size, Time } from '../../ui/text.js';
import { UndoneBind } from '../artifact.js';
import { Card, Facts, PageFrame } from '../page.js';
import { Cause, statusWords } from './residual.js';
import { CarryOut, DecidedBadge } from './review.js';
import { Candidate } from './review-candidate.js';
import { isWithdrawable, rejectAll, unrecoverable, withdraw } from './review-decision.js';

/** One missing file with its candidates, their evidence, and the decision. */
export function ReviewRowView() {
  const id = parameter('id') ?? '';
  const row = useLoad<ReviewDetail>(address('/api/review/row', { id }));
  return (
    <PageFrame
      title={row.data === undefined ? 'Review' : titleOf(row.data)}
      up={
        row.data === undefined || row.data.status === 'needs_review'
          ? { href: '/review', name: 'Review' }
          : { href: '/residual', name: 'Residual' }
      }
    >
      <LoadedView of={row}>{(data) => <Row row={data} reload={row.reload} />}</LoadedView>
    </PageFrame>
  );
}

/** Only rows that need a decision are under review. */
function titleOf({ status, title, artifact_id: id }: ReviewDetail): string {
  return `${status === 'needs_review' ? 'Review' : 'Recovery'} of ${title ?? id}`;
}

/** Statuses without a file that nobody has declared unrecoverable. */
const OPEN_ENDED = new Set(['residual', 'rejected', 'undecided', 'refused']);

function Row({ row, reload }: { row: ReviewDetail; reload: () => void }) {
  const { ask, dialog } = useDecision(reload);
  const can = session.value?.can.review === true;
  const waits = row.status === 'needs_review';
  return (
    <>
      <Subject row={row} waits={waits} />
      {row.cause !== null && !waits && (
        <Card title="Most likely cause" id="cause">
          <Cause text={row.cause} />
        </Card>
      )}
      <Card
        title={row.candidates.length === 0 ? 'Candidates' : plural(row.candidates.length, 'candidate')}
        id="candidates"
      >
        {row.candidates.length === 0 && <Empty title="No candidate was found." />}
        {waits && <CannotDecide can={can} />}
        <ol class="candidates">
          {row.candidates.map((candidate) => (
            <Candidate key={candidate.cid} candidate={candidate} row={row} can={can && waits} decide={ask} />
          ))}
        </ol>
        {row.decided !== null && waits && <CarryOut />}
        {(waits || OPEN_ENDED.has(row.status)) && (
          <div class="buttons">
            {waits && row.candidates.length > 1 && (
              <DecideButton can={can} kind="danger" onClick={() => ask(rejectAll(row))}>
                Reject all candidates…
              </DecideButton>
            )}
            {isWithdrawable(row) && (
              <DecideButton can={can} onClick={() => ask(withdraw(row))}>
                Withdraw the decision…
              </DecideButton>
            )}
            <DecideButton can={can} onClick={() => ask(unrecoverable(row))}>
              Declare it unrecoverable…
            </DecideButton>
          </div>
        )}
      </Card>
      {row.decisions.length > 0 && <Decisions row={row} />}
      {dialog}
    </>
  );
}

/** The missing file, and what is known about it. */
function Subject({ row, waits }: { row: ReviewDetail; waits: boolean }) {
  return (
    <section class="card" aria-label="The artifact">
      <p class="subject">
        {waits ? (
          <DecidedBadge of={row.decided} />
        ) : (
          <Badge
            tone="plain"
            text={row.undone === null ? statusWords(row.status) : `${statusWords(row.status)}, then undone`}
          />
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
            name: 'Recorded path',
            value: row.file_path === null ? 'none' : <Name text={row.file_path} mono />,
          },
          {
            name: 'Expected names',
            value: row.expected.length === 0 ? 'none' : <Names names={row.expected} />,
          },
          ...(row.expected_size_bytes === null
            ? []
            : [{ name: 'Recorded size', value: <Size bytes={row.expected_size_bytes} /> }]),
          ...row.trusted_sha256.map((sha256) => ({
            name: 'Recorded digest',
            value: <Digest sha256={sha256} />,
          })),
          {
            name: 'Last applied plan',
            value: (
              <>
                <Time at={row.updated_at} />
                {row.undone !== null && <UndoneBind undone={row.undone} />}
              </>
            ),
          },
        ]}
      />
    </section>
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

function Decisions({ row }: { row: ReviewDetail }) {
  return (
    <Card title="Decisions">
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
