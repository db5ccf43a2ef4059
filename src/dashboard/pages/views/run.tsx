import { useEffect, useState } from 'preact/hooks';
import type { RunDetail } from '../../api.js';
import { count, visible } from '../format.js';
import { liveRuns } from '../live.js';
import { useLoad } from '../load.js';
import { address } from '../router.js';
import { session } from '../session.js';
import { RunBadge } from '../ui/badge.js';
import { DecideButton, type Decision, DecisionDialog } from '../ui/decision.js';
import { Scrolled } from '../ui/scrolled.js';
import { Answer, Empty } from '../ui/states.js';
import { Copy, Name, Time } from '../ui/text.js';
import { Card, Facts, PageFrame } from './page.js';
import { Changes, Took } from './runs.js';
import { undoRun } from './undo.js';

/** One run: what it was asked, what it found, what it changed. */
export function Run({ id }: { id: string }) {
  const run = useLoad<RunDetail>(`/api/runs/${encodeURIComponent(id)}`);
  const live = liveRuns.value?.find((one) => one.id === id);
  const { reload } = run;
  const seen = live && `${live.status} ${live.changes} ${live.heartbeat_at}`;
  // What is told live is read anew when it changes
  useEffect(() => {
    if (seen !== undefined) reload();
  }, [seen, reload]);
  return (
    <PageFrame title="Run" up={{ href: '/runs', name: 'Runs' }}>
      <Answer of={run}>{(data) => <Detail run={data} reload={reload} />}</Answer>
    </PageFrame>
  );
}

function Detail({ run, reload }: { run: RunDetail; reload: () => void }) {
  const [decision, setDecision] = useState<Decision>();
  const can = session.value?.can.undo === true;
  return (
    <>
      <section class="card" aria-label="The run">
        <p class="subject">
          <RunBadge run={run} />{' '}
          <strong>
            <Name text={run.job} />
          </strong>
        </p>
        <Facts
          facts={[
            { name: 'Scope', value: <Name text={run.scope} mono /> },
            { name: 'Host', value: <Name text={run.host} /> },
            { name: 'Started', value: <Time at={run.started_at} exact /> },
            { name: run.finished_at === null ? 'Running for' : 'Took', value: <Took run={run} /> },
            ...(run.finished_at === null
              ? [{ name: 'Sign of life', value: <Time at={run.heartbeat_at} /> }]
              : []),
            { name: 'Exit code', value: run.exit_code === null ? '–' : String(run.exit_code) },
            { name: 'Qualifies', value: run.qualifying ? 'yes' : 'no: the watchdog does not count it' },
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
        <div class="buttons">
          <a class="button" href={address('/runs', { job: run.job })}>
            Other runs of this job
          </a>
          {run.changes > 0 && (
            <DecideButton can={can} kind="danger" onClick={() => setDecision(undoRun(run.id, run.changes))}>
              Undo what it changed…
            </DecideButton>
          )}
        </div>
      </section>
      <Card title="Summary">
        {run.summary === null ? (
          <Empty title={run.finished_at === null ? 'It comes when the run ends.' : 'The run left none.'} />
        ) : (
          <Summary summary={run.summary} />
        )}
      </Card>
      <Card title="Options">
        <Json value={run.options} label="Options" />
      </Card>
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

/** The plain values as facts, the rest folded away. */
function Summary({ summary }: { summary: Record<string, unknown> }) {
  const plain = Object.entries(summary).filter(([, value]) => typeof value !== 'object' || value === null);
  const nested = Object.entries(summary).filter(([, value]) => typeof value === 'object' && value !== null);
  return (
    <>
      <Facts
        facts={plain.map(([name, value]) => ({
          name: visible(name.replaceAll('_', ' ')),
          value: typeof value === 'number' ? count(value) : <Name text={String(value ?? '–')} />,
        }))}
      />
      {nested.map(([name, value]) => (
        <details key={name}>
          <summary>{visible(name.replaceAll('_', ' '))}</summary>
          <Json value={value} label={name} />
        </details>
      ))}
    </>
  );
}

/** A summary of a thousand partitions is for a program; here it is cut. */
const MAX_JSON_CHARS = 100_000;

function Json({ value, label }: { value: unknown; label: string }) {
  const text = JSON.stringify(value, null, 2);
  const shown = text.length > MAX_JSON_CHARS ? `${text.slice(0, MAX_JSON_CHARS)}\n…` : text;
  return <Scrolled text={shown} label={label} />;
}
