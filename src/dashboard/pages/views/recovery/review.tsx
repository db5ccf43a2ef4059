import type { ReviewDecision, ReviewRow } from '../../../api/recovery.js';
import type { Page } from '../../../api/session.js';
import { count } from '../../format.js';
import { useLoad } from '../../load.js';
import { address, parameter } from '../../router.js';
import { Badge } from '../../ui/badge.js';
import { Choices, ExactFilters } from '../../ui/filters.js';
import { Pager } from '../../ui/pager.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { CommandLine, Name, Time } from '../../ui/text.js';
import { PageFrame } from '../page.js';
import { RowName } from './row-name.js';

/** The Review page: missing files with candidates that need a decision. */
export function Review() {
  const show = parameter('show') ?? 'waiting';
  const page = useLoad<Page<ReviewRow>>(
    address('/api/review', { show, type: parameter('type'), after: parameter('after') }),
  );
  return (
    <PageFrame
      title="Review"
      lead="Missing files with possible matches. A decision takes effect when the next recovery plan is applied."
    >
      <section class="card" aria-label="Review queue">
        <div class="filters">
          <Choices
            name="show"
            label="Which rows"
            choices={['waiting', 'decided', 'all'].map((value) => ({ value, text: value }))}
          />
          <ExactFilters fields={[{ name: 'type', label: 'Artifact type', placeholder: 'model' }]} />
        </div>
        <LoadedView of={page}>
          {(data) =>
            data.rows.length === 0 ? (
              <Nothing show={show} />
            ) : (
              <>
                {show === 'decided' && <CarryOut />}
                <Rows page={data} decided={show !== 'waiting'} />
              </>
            )
          }
        </LoadedView>
      </section>
    </PageFrame>
  );
}

function Nothing({ show }: { show: string }) {
  if (parameter('type') !== undefined || parameter('after') !== undefined) {
    return (
      <Empty title="No matching rows.">
        <a href="/review">All waiting rows</a>
      </Empty>
    );
  }
  if (show !== 'waiting') return <Empty title="No decisions since the last plan was applied." />;
  return (
    <Empty title="No row of the last applied plan is waiting for a decision.">
      Rows appear here after a plan is applied:
      <CommandLine text="salvor recovery plan" />
      <CommandLine text="salvor recovery apply .salvor/plan.json" />
    </Empty>
  );
}

/** Reminds the reader that a decision takes effect only when a new plan is applied. */
export function CarryOut() {
  return (
    <div class="carry-out">
      <p class="attention">Decided, but not applied yet. Make a new plan, review it, and apply it:</p>
      <CommandLine text="salvor recovery plan" />
      <CommandLine text="salvor recovery apply .salvor/plan.json" />
    </div>
  );
}

function Rows({ page, decided }: { page: Page<ReviewRow>; decided: boolean }) {
  return (
    <>
      <Table
        caption="Rows for review, by id"
        rows={page.rows}
        keyOf={(row) => row.artifact_id}
        columns={[
          {
            head: 'Artifact',
            main: true,
            wide: true,
            cell: (row) => <RowName row={row} />,
          },
          { head: 'Type', cell: (row) => <Name text={row.artifact_type} /> },
          { head: 'Why', wide: true, cell: (row) => <Name text={row.explanation} /> },
          { head: 'Candidates', number: true, cell: (row) => count(row.candidates) },
          { head: 'Last applied plan', cell: (row) => <Time at={row.updated_at} /> },
          ...(decided
            ? [{ head: 'Decided', cell: (row: ReviewRow) => <DecidedBadge of={row.decided} /> }]
            : []),
        ]}
      />
      <Pager page={page} what="rows for review" />
    </>
  );
}

const DECIDED: Record<ReviewDecision['decision'], string> = {
  accept: 'accepted',
  reject: 'rejected',
  unrecoverable: 'declared unrecoverable',
  withdraw: 'withdrawn',
};

export function DecidedBadge({ of }: { of: ReviewDecision | null }) {
  if (of === null) return <Badge tone="warn" icon="warning" text="waiting" />;
  const cid = of.cid === null ? '' : ` ${of.cid}`;
  return (
    <Badge
      tone={of.decision === 'accept' ? 'good' : 'plain'}
      text={`${DECIDED[of.decision]}${cid} by ${of.actor}`}
    />
  );
}
