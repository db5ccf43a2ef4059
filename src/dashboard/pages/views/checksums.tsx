import type { ComponentChildren } from 'preact';
import type { ChecksumRun, ChecksumsView, TypeCensus } from '../../api.js';
import { count, percent, size, visible } from '../format.js';
import { useLoad } from '../load.js';
import { address } from '../router.js';
import { Badge, RunBadge } from '../ui/badge.js';
import { MiniBar } from '../ui/bar.js';
import { Answer, Empty } from '../ui/states.js';
import { Table } from '../ui/table.js';
import { CommandLine, Count, Name, Time } from '../ui/text.js';
import { Card, Facts, PageFrame } from './page.js';
import { Recoverability } from './recoverability.js';

const REFRESH_MS = 30_000;
const COUNTING_MS = 1500;

/** Is every registered file still the file that was registered, by type. */
export function Checksums() {
  const view = useLoad<ChecksumsView>('/api/checksums', REFRESH_MS);
  return (
    <PageFrame title="Checksums" lead="Is every registered file still the file that was registered?">
      <Answer of={view}>
        {(data) => (
          <>
            <Card title="Verified files" id="verified">
              {data.census.state === 'ready' && data.census.census.totals.artifacts > 0 ? (
                <>
                  <Verified totals={data.census.census.totals} />
                  <Types types={data.census.census.types} view={data} />
                </>
              ) : (
                <Recoverability state={data.census} reload={view.reload} everyMs={COUNTING_MS} />
              )}
            </Card>
            <LastRun title="Last backfill" run={data.backfill} command="salvor checksums backfill" />
            <LastRun title="Last scrub" run={data.scrub} command="salvor checksums verify" />
          </>
        )}
      </Answer>
    </PageFrame>
  );
}

function Verified({ totals }: { totals: TypeCensus }) {
  return (
    <p class="score">
      <strong>{percent(totals.verified, totals.with_path)}</strong>
      <span>
        of {count(totals.with_path)} artifacts with a path have a verified file: read whole, digest on record,
        no open drift
      </span>
    </p>
  );
}

function Types({ types, view }: { types: readonly TypeCensus[]; view: ChecksumsView }) {
  const last = view.backfill?.by_type ?? {};
  const of = (type: TypeCensus, name: string): ComponentChildren => {
    const value = last[type.type]?.[name];
    return value === undefined ? '–' : <Count of={value} />;
  };
  return (
    <>
      <Table
        caption="Artifacts by type"
        rows={types}
        keyOf={(type) => type.type}
        columns={[
          { head: 'Type', main: true, cell: (type) => <Name text={type.type} /> },
          { head: 'Artifacts', number: true, cell: (type) => <Count of={type.artifacts} /> },
          { head: 'With a path', number: true, cell: (type) => <Count of={type.with_path} /> },
          {
            head: 'Verified, of those with a path',
            wide: true,
            cell: (type) => (
              <MiniBar
                part={type.verified}
                whole={type.with_path}
                label={`${percent(type.verified, type.with_path)} of ${visible(type.type)} verified`}
              />
            ),
          },
          { head: 'Proven copies', number: true, cell: (type) => <Count of={type.proven} /> },
          {
            head: 'Open drift',
            number: true,
            cell: (type) => <OpenDrift type={type.type} open={view.open_drift[type.type] ?? 0} />,
          },
          { head: 'No file', number: true, cell: (type) => of(type, 'rows_no_file') },
          { head: 'Lost', number: true, cell: (type) => of(type, 'rows_lost') },
          { head: 'Unreadable', number: true, cell: (type) => of(type, 'rows_unreadable') },
        ]}
      />
      <p class="muted note">No file, lost and unreadable are those of the last backfill.</p>
    </>
  );
}

function OpenDrift({ type, open }: { type: string; open: number }) {
  if (open === 0) return <Count of={0} />;
  return (
    <a href={address('/drift', { type })}>
      <Badge tone="bad" icon="error" text={count(open)} />
    </a>
  );
}

function LastRun({ title, run, command }: { title: string; run: ChecksumRun | null; command: string }) {
  if (run === null) {
    return (
      <Card title={title}>
        <Empty title={`${title.replace('Last', 'No')} has run yet.`}>
          <CommandLine text={command} />
        </Empty>
      </Card>
    );
  }
  return (
    <Card title={title} aside={<a href={`/runs/${run.run.id}`}>The run</a>}>
      <Facts
        facts={[
          { name: 'Ended', value: <RunBadge run={run.run} /> },
          { name: 'When', value: <Time at={run.run.finished_at ?? run.run.started_at} /> },
          ...COUNTS.flatMap(([key, name]) => {
            const value = run.counts[key];
            if (value === undefined || (value === 0 && !ALWAYS.has(key))) return [];
            return [{ name, value: key === 'bytes_hashed' ? size(value) : count(value) }];
          }),
        ]}
      />
    </Card>
  );
}

const ALWAYS = new Set(['rows_scanned', 'drift_events', 'rows_lost', 'rows_remaining']);

const COUNTS: readonly [string, string][] = [
  ['rows_scanned', 'Rows read'],
  ['rows_updated', 'Updated'],
  ['rows_unchanged', 'Unchanged'],
  ['rows_already_done', 'Already done'],
  ['rows_remaining', 'Remaining'],
  ['drift_events', 'Drift'],
  ['rows_lost', 'Lost'],
  ['rows_no_file', 'No file'],
  ['rows_pointer', 'LFS pointers'],
  ['rows_unreadable', 'Unreadable'],
  ['rows_unstable', 'Unstable'],
  ['rows_conflict', 'Conflicts'],
  ['rows_outside_root', 'Outside a root'],
  ['rows_not_regular', 'Not regular'],
  ['rows_elsewhere', 'Elsewhere'],
  ['rows_bad_metadata', 'Bad metadata'],
  ['bytes_hashed', 'Bytes read'],
];
