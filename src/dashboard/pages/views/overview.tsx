import type { Overview as Answered, CensusState, Need, RunInfo } from '../../api.js';
import { count, plural, visible } from '../format.js';
import { useLoad } from '../load.js';
import { address } from '../router.js';
import { RunBadge } from '../ui/badge.js';
import { Icon } from '../ui/icon.js';
import { Answer, Empty } from '../ui/states.js';
import { Table } from '../ui/table.js';
import { Name, Time } from '../ui/text.js';
import { Card, PageFrame } from './page.js';
import { Recoverability } from './recoverability.js';

const REFRESH_MS = 15_000;
/** While the first count is under way. */
const COUNTING_MS = 1500;

/** Can everything be brought back, and what needs a person now. */
export function Overview() {
  const first = useLoad<Answered>('/api/overview', REFRESH_MS);
  return (
    <PageFrame title="Overview">
      <Answer of={first}>
        {(data) => (
          <>
            <div class="columns">
              <RecoverabilityCard state={data.census} reload={first.reload} />
              <Needs needs={data.needs} expectations={data.expectations} ran={data.jobs.length > 0} />
            </div>
            <Jobs jobs={data.jobs} />
          </>
        )}
      </Answer>
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

function Needs({
  needs,
  expectations,
  ran,
}: {
  needs: readonly Need[];
  expectations: Answered['expectations'];
  ran: boolean;
}) {
  return (
    <Card
      title="Needs a person now"
      aside={needs.length > 0 && <span class="muted">{plural(needs.length, 'matter')}</span>}
    >
      {needs.length === 0 ? <NothingWaits expectations={expectations} ran={ran} /> : null}
      <ul class="needs">
        {needs.map((need) => (
          <li key={`${need.kind} ${need.href} ${need.detail}`} class={need.severity}>
            <a href={need.href}>
              <Icon name={need.severity === 'error' ? 'error' : 'warning'} />
              <span class="need-text">
                <span class="visually-hidden">{need.severity}: </span>
                <strong>
                  {count(need.count)} {need.title}
                </strong>
                <span class="muted">
                  <Name text={need.detail} />
                  {need.since !== null && (
                    <>
                      {' '}
                      Since <Time at={need.since} />.
                    </>
                  )}
                </span>
              </span>
              <Icon name="next" />
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Only what was looked at may be called well. */
function NothingWaits({ expectations, ran }: { expectations: Answered['expectations']; ran: boolean }) {
  if (!ran) {
    return (
      <Empty title="Nothing has run yet, so nothing is known.">
        Begin with <code>salvor listings verify</code>.
      </Empty>
    );
  }
  if (expectations === null) {
    return (
      <Empty title="Nothing waits.">
        Whether every job ran when it should is not known: list them under <code>watchdog.expect</code>.
      </Empty>
    );
  }
  return (
    <Empty good title="Nothing waits.">
      {plural(expectations.expected, 'expected job')} ended well and in time.
    </Empty>
  );
}

function Jobs({ jobs }: { jobs: readonly RunInfo[] }) {
  return (
    <Card title="Jobs" aside={<a href="/runs">All runs</a>}>
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
            { head: 'Ended', cell: (run) => <RunBadge run={run} /> },
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
