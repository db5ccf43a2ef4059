import { useEffect } from 'preact/hooks';
import type { Overview as Answered, CensusState } from '../../../api/overview.js';
import type { RunInfo } from '../../../api/runs.js';
import { visible } from '../../format.js';
import { useLoad } from '../../load.js';
import { noteRed } from '../../red.js';
import { address } from '../../router.js';
import { RunBadge } from '../../ui/badge.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { Name, Time } from '../../ui/text.js';
import { Card, PageFrame } from '../page.js';
import { Needs } from './needs.js';
import { Recoverability } from './recoverability.js';

const REFRESH_MS = 15_000;
/** While the first census is running. */
const COUNTING_MS = 1500;

/** The Overview page: what needs attention, and how much is recoverable. */
export function Overview() {
  const first = useLoad<Answered>('/api/overview', REFRESH_MS);
  const { data: shown } = first;
  // The tab icon shows the same state as the page
  useEffect(() => {
    if (shown !== undefined) noteRed(shown);
  }, [shown]);
  return (
    <PageFrame title="Overview">
      <LoadedView of={first}>
        {(data) => (
          <>
            <div class="columns">
              <Needs overview={data} old={first.problem !== undefined} />
              <RecoverabilityCard state={data.census} reload={first.reload} />
            </div>
            <Jobs jobs={data.jobs} />
          </>
        )}
      </LoadedView>
    </PageFrame>
  );
}

function RecoverabilityCard({ state, reload }: { state: CensusState; reload: () => void }) {
  return (
    <Card title="Recoverability">
      <Recoverability state={state} reload={reload} everyMs={COUNTING_MS} />
    </Card>
  );
}

function Jobs({ jobs }: { jobs: readonly RunInfo[] }) {
  return (
    <Card title="Last run of every job" id="jobs" aside={<a href="/runs">All runs</a>}>
      {jobs.length === 0 ? (
        <Empty title="No job has run yet.">
          <code>salvor --help</code> lists them.
        </Empty>
      ) : (
        <Table
          caption="The newest run of every job, scope and host"
          rows={jobs}
          keyOf={(run) => run.id}
          columns={[
            {
              head: 'Job',
              main: true,
              cell: (run) => (
                <a href={`/runs/${run.id}`}>
                  <Name text={run.job} />
                </a>
              ),
            },
            { head: 'Scope', wide: true, cell: (run) => <Name text={run.scope} mono clamp /> },
            { head: 'Host', cell: (run) => <Name text={run.host} /> },
            { head: 'Started', cell: (run) => <Time at={run.started_at} /> },
            { head: 'Status', cell: (run) => <RunBadge run={run} /> },
            {
              head: 'Earlier',
              hiddenHead: true,
              corner: true,
              cell: (run) => (
                <a
                  href={address('/runs', { job: run.job })}
                  aria-label={`Earlier runs of ${visible(run.job)}`}
                >
                  earlier
                </a>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}
