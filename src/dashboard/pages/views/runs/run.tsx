import { useEffect } from 'preact/hooks';
import type { RunDetail } from '../../../api/runs.js';
import { count, plural } from '../../format.js';
import { liveRuns } from '../../live.js';
import { useLoad } from '../../load.js';
import { address, parameter } from '../../router.js';
import { session } from '../../session.js';
import { Badge, RunBadge } from '../../ui/badge.js';
import { DecideButton } from '../../ui/decide-button.js';
import { useDecision } from '../../ui/decision.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { Copy, Name, Time } from '../../ui/text.js';
import { undoRun } from '../journal/undo.js';
import { Card, Facts, PageFrame } from '../page.js';
import { Changes, Took } from './run-columns.js';
import { RunFindings } from './run-findings.js';
import { Json, RunSummary } from './run-summary.js';

/** One run: its options, findings and changes. */
export function Run({ id }: { id: string }) {
  const after = parameter('after');
  const run = useLoad<RunDetail>(address(`/api/runs/${encodeURIComponent(id)}`, { after }));
  const live = liveRuns.value?.find((one) => one.id === id);
  const { reload } = run;
  const seen = live && `${live.status} ${live.changes} ${live.heartbeat_at}`;
  // Reload when the live state changes
  useEffect(() => {
    if (seen !== undefined) reload();
  }, [seen, reload]);
  return (
    <PageFrame title={run.data?.job ?? 'Run'} up={{ href: '/runs', name: 'Runs' }}>
      <LoadedView of={run}>{(data) => <Detail run={data} reload={reload} />}</LoadedView>
    </PageFrame>
  );
}

function Detail({ run, reload }: { run: RunDetail; reload: () => void }) {
  const { ask, dialog } = useDecision(reload);
  const can = session.value?.can.undo === true;
  return (
    <>
      <section class="card" aria-label="The run">
        <p class="subject">
          <RunBadge run={run} /> <UndoneBadge run={run} /> <Name text={run.scope} mono />
        </p>
        {run.silent && (
          <p class="attention">
            It is recorded as running but has sent no heartbeat since <Time at={run.heartbeat_at} exact />.
            Check on <Name text={run.host} /> whether its process is still running.
          </p>
        )}
        <RunFacts run={run} />
        <div class="buttons">
          <a class="button" href={address('/runs', { job: run.job })}>
            Other runs of this job
          </a>
          {isUndoable(run) && (
            <DecideButton can={can} kind="danger" onClick={() => ask(undoRun(run.id, run.changes))}>
              Undo its changes…
            </DecideButton>
          )}
        </div>
      </section>
      {run.failures.length > 0 && (
        <Card title="Why it failed">
          {run.failures.map(({ code, message, hint }) => (
            <div class="attention" key={`${code} ${message}`}>
              <p>
                <code>{code}</code> <Name text={message} />
              </p>
              {hint !== null && <p>{hint}</p>}
            </div>
          ))}
        </Card>
      )}
      {run.undone !== null && (
        <Card title="Undone" id="undone">
          <p class="attention">
            {run.undone.changes >= run.changes
              ? 'All its changes were undone'
              : `${count(run.undone.changes)} of its ${plural(run.changes, 'change was', 'changes were')} undone`}{' '}
            by <Name text={run.undone.by} /> on <Time at={run.undone.at} exact />.
          </p>
        </Card>
      )}
      {run.findings.rows.length > 0 && <RunFindings job={run.job} page={run.findings} />}
      <Card title="Summary">
        {run.summary === null ? (
          <Empty
            title={
              run.finished_at === null
                ? 'The summary is written when the run ends.'
                : 'The run has no summary.'
            }
          />
        ) : (
          <RunSummary summary={run.summary} />
        )}
      </Card>
      <Card title="Options">
        <Json value={run.options} label="Options" />
      </Card>
      {dialog}
    </>
  );
}

/** Not while it is running, because more changes may follow, and not if everything is already undone. */
function isUndoable(run: RunDetail): boolean {
  return run.changes > 0 && run.status !== 'running' && (run.undone?.changes ?? 0) < run.changes;
}

function UndoneBadge({ run }: { run: RunDetail }) {
  if (run.undone === null) return null;
  const all = run.undone.changes >= run.changes;
  return <Badge tone="warn" icon="warning" text={all ? 'undone' : 'partly undone'} />;
}

function RunFacts({ run }: { run: RunDetail }) {
  return (
    <Facts
      facts={[
        { name: 'Host', value: <Name text={run.host} /> },
        { name: 'Started', value: <Time at={run.started_at} exact /> },
        { name: run.finished_at === null ? 'Running for' : 'Took', value: <Took run={run} /> },
        ...(run.finished_at === null
          ? [{ name: 'Last heartbeat', value: <Time at={run.heartbeat_at} /> }]
          : []),
        { name: 'Exit code', value: run.exit_code === null ? '–' : String(run.exit_code) },
        {
          name: 'Qualifying run',
          value: run.qualifying
            ? 'yes'
            : 'no: its flags differ from the configured settings, so the watchdog ignores it',
        },
        { name: 'Version', value: <Name text={run.version} /> },
        { name: 'Changes', value: <Changes run={run} /> },
        {
          name: 'Id',
          value: (
            <>
              <code>{run.id}</code> <Copy text={run.id} what="id" />
            </>
          ),
        },
      ]}
    />
  );
}
