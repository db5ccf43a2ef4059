import type {
  ArchivePart,
  ChecksumRun,
  ChecksumsView,
  PartialRead,
  PartialReads,
} from '../../api/checksums.js';
import type { OpenCause, TypeCensus } from '../../api/overview.js';
import { count, percent, plural, size, visible } from '../format.js';
import { useLoad } from '../load.js';
import { address } from '../router.js';
import { Badge, RunBadge, SeverityBadge } from '../ui/badge.js';
import { MiniBar } from '../ui/bar.js';
import { Empty, LoadedView } from '../ui/states.js';
import { Table } from '../ui/table.js';
import { CommandLine, Count, Name, Time } from '../ui/text.js';
import { findingsHref } from './findings.js';
import { Recoverability } from './overview/recoverability.js';
import { Card, Facts, PageFrame } from './page.js';

const REFRESH_MS = 30_000;
const COUNTING_MS = 1500;

/** The Checksums page: verified files by type, open findings, and the last runs. */
export function Checksums() {
  const view = useLoad<ChecksumsView>('/api/checksums', REFRESH_MS);
  return (
    <PageFrame title="Checksums" lead="Is every registered file still the file that was registered?">
      <LoadedView of={view}>
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
            <OpenFindings causes={data.open} />
            {data.partial !== null && <Partial partial={data.partial} />}
            {data.archive_parts.length > 0 && <ArchiveParts parts={data.archive_parts} />}
            <LastRun title="Last backfill" run={data.backfill} command="salvor checksums backfill" />
            <LastRun title="Last scrub" run={data.scrub} command="salvor checksums verify" />
          </>
        )}
      </LoadedView>
    </PageFrame>
  );
}

function Verified({ totals }: { totals: TypeCensus }) {
  return (
    <p class="score">
      <strong>{percent(totals.verified, totals.with_path)}</strong>
      <span>
        of {plural(totals.with_path, 'artifact with a path has', 'artifacts with a path have')} a verified
        file: read completely, digest recorded, no open drift
      </span>
    </p>
  );
}

function Types({ types, view }: { types: readonly TypeCensus[]; view: ChecksumsView }) {
  return (
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
      ]}
    />
  );
}

/** Open findings of all checksum jobs, such as lost and unreadable files, whichever run found them. */
function OpenFindings({ causes }: { causes: readonly OpenCause[] }) {
  return (
    <Card title="Open findings" aside={<a href="/findings">All findings</a>}>
      {causes.length === 0 ? (
        <Empty title="No open findings about files." />
      ) : (
        <Table
          caption="Open findings of the jobs that read files, errors first"
          rows={causes}
          keyOf={(one) => `${one.job} ${one.scope} ${one.code} ${one.severity}`}
          toneOf={(one) => (one.severity === 'error' ? 'bad' : undefined)}
          columns={[
            {
              head: 'Finding',
              main: true,
              wide: true,
              cell: (one) => (
                <a href={findingsHref(one)}>
                  {count(one.count)} {one.words}
                </a>
              ),
            },
            { head: 'Severity', cell: (one) => <SeverityBadge severity={one.severity} /> },
            {
              head: 'Example',
              wide: true,
              cell: (one) => (
                <a href={address('/artifacts', { id: one.subject })}>
                  <Name text={one.subject} mono clamp />
                </a>
              ),
            },
            { head: 'Open since', cell: (one) => <Time at={one.since} /> },
            { head: 'Found by', cell: (one) => <Name text={one.job} /> },
          ]}
        />
      )}
    </Card>
  );
}

/** Files that are too large for one run: each run continues where the previous one stopped. */
function Partial({ partial }: { partial: PartialReads }) {
  return (
    <Card title="Files read over several runs" id="partial">
      <p class="score">
        <strong>{percent(partial.bytes_read, partial.bytes_total)}</strong>
        <span>
          {size(partial.bytes_read)} of {size(partial.bytes_total)} read, in{' '}
          {plural(partial.files, 'large file')}
          {partial.runs_left !== null && `, about ${plural(partial.runs_left, 'more run')}`}
        </span>
      </p>
      <Table
        caption="The largest files read over several runs"
        rows={partial.largest}
        keyOf={(one) => `${one.artifact_id} ${one.path}`}
        columns={[
          {
            head: 'File',
            main: true,
            wide: true,
            cell: (one) => (
              <a href={address('/artifacts', { id: one.artifact_id })}>
                <Name text={one.path} mono clamp />
              </a>
            ),
          },
          {
            head: 'Read',
            cell: (one) => `${size(one.bytes_read)} of ${size(one.bytes_total)}${runsLeft(one)}`,
          },
          { head: 'Host', cell: (one) => <Name text={one.host} /> },
          { head: 'Started', cell: (one) => <Time at={one.started_at} /> },
          { head: 'Last read', cell: (one) => <Time at={one.updated_at} /> },
        ]}
      />
    </Card>
  );
}

/** Archives and backed-up files that are too large for one run of `listings check` or `recovery drill`. */
function ArchiveParts({ parts }: { parts: ArchivePart[] }) {
  return (
    <Card title="Archives read over several runs" id="archive-parts">
      <Table
        caption="Large archives that are checked, and large artifacts that are restored, over several runs"
        rows={parts}
        keyOf={(one) => `${one.job} ${one.subject}`}
        columns={[
          {
            head: 'Archive or artifact',
            main: true,
            wide: true,
            cell: (one) => <Name text={one.subject} mono clamp />,
          },
          { head: 'Job', cell: (one) => <Name text={one.job} /> },
          {
            head: 'Progress',
            cell: (one) => `${size(one.bytes_read)} of ${size(one.bytes_total)} ${one.verb}${runsLeft(one)}`,
          },
          { head: 'Started', cell: (one) => <Time at={one.started_at} /> },
          { head: 'Last read', cell: (one) => <Time at={one.updated_at} /> },
        ]}
      />
    </Card>
  );
}

/** `, about 3 more runs`, at the pace of the last run. */
function runsLeft(one: Pick<PartialRead, 'bytes_read' | 'bytes_total' | 'bytes_last_run'>): string {
  const { bytes_read, bytes_total, bytes_last_run } = one;
  if (bytes_last_run <= 0) return '';
  return `, about ${plural(Math.ceil((bytes_total - bytes_read) / bytes_last_run), 'more run')}`;
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
    <Card title={title} aside={<a href={`/runs/${run.run.id}`}>View run</a>}>
      <Facts
        facts={[
          { name: 'Result', value: <RunBadge run={run.run} /> },
          { name: 'Ended', value: <Time at={run.run.finished_at ?? run.run.started_at} /> },
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
  ['rows_partial', 'Partly read'],
  ['rows_pointer', 'Stand-ins (LFS, annex)'],
  ['rows_unreadable', 'Unreadable'],
  ['rows_unstable', 'Unstable'],
  ['rows_conflict', 'Conflicts'],
  ['rows_outside_root', 'Outside a root'],
  ['rows_not_regular', 'Not a regular file'],
  ['rows_elsewhere', 'Elsewhere'],
  ['rows_bad_metadata', 'Bad metadata'],
  ['bytes_hashed', 'Bytes read'],
];
