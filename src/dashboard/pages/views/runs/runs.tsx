import type { RunInfo } from '../../../api/runs.js';
import type { Page } from '../../../api/session.js';
import { useLoad } from '../../load.js';
import { address, parameter } from '../../router.js';
import { Choices, ExactFilters } from '../../ui/filters.js';
import { Pager } from '../../ui/pager.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { PageFrame } from '../page.js';
import { LiveCard } from './live-runs.js';
import { RUN_COLUMNS } from './run-columns.js';

const REFRESH_MS = 30_000;

/** The Runs page: running and finished runs. */
export function Runs() {
  const page = useLoad<Page<RunInfo>>(
    address('/api/runs', { job: parameter('job'), status: parameter('status'), after: parameter('after') }),
    REFRESH_MS,
  );
  return (
    <PageFrame title="Runs" lead="All runs of all jobs, running and finished.">
      <LiveCard />
      <section class="card" aria-label="All runs">
        <div class="filters">
          <Choices
            name="status"
            label="Status"
            choices={[
              { value: '', text: 'all' },
              ...['running', 'ok', 'partial', 'findings', 'incomplete', 'interrupted'].map((value) => ({
                value,
                text: value,
              })),
            ]}
          />
          <ExactFilters fields={[{ name: 'job', label: 'Job', placeholder: 'listings verify' }]} />
        </div>
        <LoadedView of={page}>
          {(data) =>
            data.rows.length === 0 ? (
              <Empty
                title={
                  parameter('job') === undefined && parameter('status') === undefined
                    ? 'Nothing has run yet.'
                    : 'No matching runs.'
                }
              >
                <a href="/runs">All runs</a>
              </Empty>
            ) : (
              <>
                <Table
                  caption="Runs, newest first"
                  rows={data.rows}
                  keyOf={(run) => run.id}
                  columns={RUN_COLUMNS}
                />
                <Pager page={data} what="runs" />
              </>
            )
          }
        </LoadedView>
      </section>
    </PageFrame>
  );
}
