import { useMemo } from 'preact/hooks';
import type { FindingRow, ListingPartition, ListingPoint, ListingScope, Page } from '../../api.js';
import { count, plural, size } from '../format.js';
import { useLoad } from '../load.js';
import { address, parameter } from '../router.js';
import { Badge, RunBadge, SeverityBadge } from '../ui/badge.js';
import { Chart, type Curve } from '../ui/chart.js';
import { Pager } from '../ui/pager.js';
import { Answer, Empty } from '../ui/states.js';
import { Table } from '../ui/table.js';
import { CommandLine, Name, Time } from '../ui/text.js';
import { Card, PageFrame } from './page.js';

const REFRESH_MS = 60_000;

/** Does every backup have its listing, by scope and by partition, now and over time. */
export function Listings() {
  const scope = parameter('scope');
  const partition = parameter('partition');
  const scopes = useLoad<ListingScope[]>('/api/listings/scopes', REFRESH_MS);
  return (
    <PageFrame
      title={partition ?? scope ?? 'Listings'}
      lead="Could one file be found in the backups without downloading them?"
      {...(scope === undefined
        ? {}
        : partition === undefined
          ? { up: { href: '/listings', name: 'Listings' } }
          : { up: { href: address('/listings', { scope }), name: scope } })}
    >
      <Answer of={scopes}>
        {(all) => {
          const shown = scope === undefined ? all : all.filter((one) => one.scope === scope);
          if (shown.length === 0) return <NoListings known={all.length > 0} />;
          const only = scope ?? (all.length === 1 ? all[0]?.scope : undefined);
          return (
            <>
              {partition === undefined && <Scopes scopes={shown} />}
              {only !== undefined && <History scope={only} partition={partition} />}
              {partition === undefined && <Partitions scope={only} />}
              {only !== undefined && <Findings scope={only} partition={partition} />}
            </>
          );
        }}
      </Answer>
    </PageFrame>
  );
}

function NoListings({ known }: { known: boolean }) {
  return (
    <section class="card">
      {known ? (
        <Empty title="No run has verified this scope.">
          <a href="/listings">All scopes</a>
        </Empty>
      ) : (
        <Empty title="No listings have been verified yet.">
          <CommandLine text="salvor listings verify" />
        </Empty>
      )}
    </section>
  );
}

function Scopes({ scopes }: { scopes: readonly ListingScope[] }) {
  return (
    <Card title={scopes.length === 1 ? 'Last run' : 'Scopes'} id="scopes">
      <Table
        caption="Every scope at its last run"
        rows={scopes}
        keyOf={(one) => one.scope}
        columns={[
          {
            head: 'Scope',
            main: true,
            wide: true,
            cell: (one) => (
              <a href={address('/listings', { scope: one.scope })}>
                <Name text={one.scope} mono />
              </a>
            ),
          },
          { head: 'Archives', number: true, cell: (one) => count(one.archives_total) },
          { head: 'With listing', number: true, cell: (one) => count(one.present) },
          { head: 'Violations', number: true, cell: (one) => <Violations value={one.violations} /> },
          { head: 'Baseline', number: true, cell: (one) => count(one.baseline) },
          { head: 'Size', number: true, cell: (one) => size(one.bytes_archived) },
          {
            head: 'Last run',
            cell: (one) => (
              <a href={`/runs/${one.run.id}`}>
                <RunBadge run={one.run} /> <Time at={one.run.finished_at ?? one.run.started_at} />
              </a>
            ),
          },
        ]}
      />
    </Card>
  );
}

function Violations({ value }: { value: number }) {
  return value === 0 ? <>0</> : <Badge tone="bad" icon="error" text={count(value)} />;
}

function History({ scope, partition }: { scope: string; partition: string | undefined }) {
  const points = useLoad<ListingPoint[]>(address('/api/listings/history', { scope, partition }), REFRESH_MS);
  return (
    <Card title="Over time">
      <Answer of={points}>
        {(all) =>
          all.length < 2 ? (
            <Empty title="One run does not make a curve; come back after the next." />
          ) : (
            <Curves points={all} />
          )
        }
      </Answer>
    </Card>
  );
}

function Curves({ points }: { points: readonly ListingPoint[] }) {
  const last = points.at(-1);
  const times = useMemo(() => points.map((point) => Date.parse(point.at) / 1000), [points]);
  const [violations, archives] = useMemo(() => curvesOf(points), [points]);
  return (
    <>
      <div class="charts">
        <Chart
          name="Violations"
          height={130}
          label={`Violations over ${points.length} runs; now ${count(last?.violations ?? 0)}. The table below has the numbers.`}
          times={times}
          curves={violations}
        />
        <Chart
          name="Archives"
          label={`Archives over ${points.length} runs; now ${plural(last?.archives_total ?? 0, 'archive')}, ${count(last?.present ?? 0)} with a listing. The table below has the numbers.`}
          times={times}
          curves={archives}
        />
      </div>
      <details>
        <summary>The numbers as a table</summary>
        <Table
          caption="Archives and violations after each run, the newest first"
          rows={[...points].reverse()}
          keyOf={(point) => point.run_id}
          columns={[
            {
              head: 'Run',
              main: true,
              cell: (point) => (
                <a href={`/runs/${point.run_id}`}>
                  <Time at={point.at} exact />
                </a>
              ),
            },
            { head: 'Archives', number: true, cell: (point) => count(point.archives_total) },
            { head: 'With listing', number: true, cell: (point) => count(point.present) },
            { head: 'Exempt', number: true, cell: (point) => count(point.exempt) },
            { head: 'Violations', number: true, cell: (point) => count(point.violations) },
          ]}
        />
      </details>
    </>
  );
}

function curvesOf(points: readonly ListingPoint[]): [Curve[], Curve[]] {
  const violations = points.map((point) => point.violations);
  const all = points.map((point) => point.archives_total);
  const present = points.map((point) => point.present);
  return [
    [{ name: 'Violations', colour: '--curve-3', values: violations, fill: true }],
    [
      { name: 'Archives', colour: '--curve-1', values: all },
      { name: 'With listing', colour: '--curve-2', values: present },
    ],
  ];
}

function Partitions({ scope }: { scope: string | undefined }) {
  const after = scope === parameter('scope') || scope === undefined ? parameter('after') : undefined;
  const page = useLoad<Page<ListingPartition>>(
    address('/api/listings/partitions', { scope, after }),
    REFRESH_MS,
  );
  return (
    <Card title="Partitions">
      <Answer of={page}>
        {(data) => (
          <>
            <Table
              caption="Partitions, those with most violations first"
              rows={data.rows}
              keyOf={(one) => one.url}
              toneOf={(one) => (one.violations > 0 ? 'bad' : undefined)}
              columns={[
                {
                  head: 'Partition',
                  main: true,
                  wide: true,
                  cell: (one) => (
                    <>
                      <a href={address('/listings', { scope: one.scope, partition: one.url })}>
                        <Name text={one.name} mono />
                      </a>{' '}
                      {one.state !== 'complete' && <Badge tone="bad" icon="error" text={one.state} />}
                    </>
                  ),
                },
                { head: 'Archives', number: true, cell: (one) => count(one.archives_total) },
                { head: 'With listing', number: true, cell: (one) => count(one.present) },
                { head: 'Missing', number: true, cell: (one) => count(one.missing) },
                { head: 'Too small', number: true, cell: (one) => count(one.too_small) },
                { head: 'Pending', number: true, cell: (one) => count(one.pending) },
                { head: 'Exempt', number: true, cell: (one) => count(one.exempt) },
                { head: 'Stale', number: true, cell: (one) => count(one.stale) },
                { head: 'Violations', number: true, cell: (one) => <Violations value={one.violations} /> },
                { head: 'Newest archive', cell: (one) => <Time at={one.newest_archive_at} /> },
              ]}
            />
            <Pager page={data} what="partitions" />
          </>
        )}
      </Answer>
    </Card>
  );
}

function Findings({ scope, partition }: { scope: string; partition: string | undefined }) {
  const after = parameter('findings');
  const code = parameter('code');
  const page = useLoad<Page<FindingRow>>(
    address('/api/listings/findings', { scope, prefix: partition, code, after }),
    REFRESH_MS,
  );
  return (
    <Card title="Open findings">
      <Answer of={page}>
        {(data) =>
          data.rows.length === 0 ? (
            <Empty good title="No finding is open here." />
          ) : (
            <>
              <Table
                caption="Open findings, the newest first"
                rows={data.rows}
                keyOf={(one) => one.id}
                columns={[
                  { head: 'Severity', cell: (one) => <SeverityBadge severity={one.severity} /> },
                  {
                    head: 'Finding',
                    cell: (one) => (
                      <>
                        <Name text={one.code} mono />{' '}
                        {one.baseline && <Badge tone="plain" text="in the baseline" />}
                      </>
                    ),
                  },
                  {
                    head: 'Subject',
                    main: true,
                    wide: true,
                    cell: (one) => <Name text={one.subject} mono />,
                  },
                  { head: 'Open since', cell: (one) => <Time at={one.first_seen_at} /> },
                  { head: 'Last seen', cell: (one) => <Time at={one.last_seen_at} /> },
                ]}
              />
              {(data.next !== null || after !== undefined) && (
                <nav class="pager" aria-label="Pages of findings">
                  {after === undefined ? (
                    <span />
                  ) : (
                    <a class="button" href={address('/listings', { scope, partition, code })}>
                      First page
                    </a>
                  )}
                  {data.next === null ? (
                    <span />
                  ) : (
                    <a
                      class="button"
                      rel="next"
                      href={address('/listings', { scope, partition, code, findings: data.next })}
                    >
                      Next page
                    </a>
                  )}
                </nav>
              )}
            </>
          )
        }
      </Answer>
    </Card>
  );
}
