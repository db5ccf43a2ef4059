import type { ResidualRow } from '../../../api/recovery.js';
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

/** Display names of the plan statuses. */
const STATUSES: readonly { value: string; text: string }[] = [
  { value: '', text: 'all' },
  { value: 'residual', text: 'no match found' },
  { value: 'rejected', text: 'matches rejected' },
  { value: 'undecided', text: 'search incomplete' },
  { value: 'refused', text: 'could not be applied' },
  { value: 'unrecoverable', text: 'unrecoverable' },
  { value: 'external_reference', text: 'elsewhere' },
];

export function statusWords(status: string): string {
  return STATUSES.find((one) => one.value === status)?.text ?? status.replaceAll('_', ' ');
}

/** The Residual page: missing files that the last applied plan could not restore, with the most likely cause. */
export function Residual() {
  const query = { status: parameter('status'), type: parameter('type'), after: parameter('after') };
  const page = useLoad<Page<ResidualRow>>(address('/api/residual', query));
  const filtered = Object.values(query).some((value) => value !== undefined);
  return (
    <PageFrame
      title="Residual"
      lead="Missing files that the last applied recovery plan could not restore, with the most likely cause, the places searched, and the last reference."
    >
      <section class="card" aria-label="Residual rows">
        <div class="filters">
          <Choices name="status" label="Status" choices={[...STATUSES]} />
          <ExactFilters fields={[{ name: 'type', label: 'Artifact type', placeholder: 'dataset' }]} />
        </div>
        <LoadedView of={page}>
          {(data) =>
            data.rows.length === 0 ? (
              <Nothing filtered={filtered} />
            ) : (
              <>
                <Rows rows={data.rows} />
                <Pager page={data} what="residual rows" />
              </>
            )
          }
        </LoadedView>
      </section>
    </PageFrame>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty title="No matching rows.">
        <a href="/residual">All residual rows</a>
      </Empty>
    );
  }
  return (
    <Empty title="The last applied plan left no residual rows, or no plan has been applied yet.">
      To fill this page, apply a plan:
      <CommandLine text="salvor recovery plan && salvor recovery apply .salvor/plan.json" />
    </Empty>
  );
}

function Rows({ rows }: { rows: readonly ResidualRow[] }) {
  return (
    <Table
      caption="Residual rows, by id"
      rows={rows}
      keyOf={(row) => row.artifact_id}
      columns={[
        {
          head: 'Artifact',
          main: true,
          wide: true,
          cell: (row) => <RowName row={row} />,
        },
        { head: 'Type', cell: (row) => <Name text={row.artifact_type} /> },
        { head: 'Status', cell: (row) => <Badge tone="plain" text={statusWords(row.status)} /> },
        { head: 'Most likely cause', wide: true, cell: (row) => <Cause text={row.cause} /> },
        { head: 'Similar names', number: true, cell: (row) => count(row.similar) },
        { head: 'Last applied plan', cell: (row) => <Time at={row.updated_at} /> },
      ]}
    />
  );
}

/** The parts of a cause, one per line. The plan joins them with semicolons. */
export function Cause({ text }: { text: string }) {
  return (
    <ul class="lines">
      {text.split('; ').map((part) => (
        <li key={part}>
          <Name text={part} />
        </li>
      ))}
    </ul>
  );
}
