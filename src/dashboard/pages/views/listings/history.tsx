import { useMemo } from 'preact/hooks';
import type { ListingPoint } from '../../../api/listings.js';
import { count, plural } from '../../format.js';
import { useLoad } from '../../load.js';
import { address } from '../../router.js';
import { Chart, type Curve } from '../../ui/chart.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { Count, Time } from '../../ui/text.js';
import { Card } from '../page.js';

const REFRESH_MS = 60_000;

/** The history of a scope or partition, run by run, as charts and as a table. */
export function History({ scope, partition }: { scope: string; partition: string | undefined }) {
  const points = useLoad<ListingPoint[]>(address('/api/listings/history', { scope, partition }), REFRESH_MS);
  return (
    <Card title="Over time">
      <LoadedView of={points}>
        {(all) =>
          all.length < 2 ? <Empty title="The chart appears after the second run." /> : <Curves points={all} />
        }
      </LoadedView>
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
          label={`Violations over ${plural(points.length, 'run')}; now ${count(last?.violations ?? 0)}. The table below has the numbers.`}
          times={times}
          curves={violations}
        />
        <Chart
          name="Archives"
          label={`Archives over ${plural(points.length, 'run')}; now ${plural(last?.archives_total ?? 0, 'archive')}, ${count(last?.present ?? 0)} with a listing. The table below has the numbers.`}
          times={times}
          curves={archives}
        />
      </div>
      <details>
        <summary>The numbers as a table</summary>
        <Table
          caption="Archives and violations after each run, newest first"
          rows={[...points].reverse()}
          keyOf={(point) => point.run_id}
          toneOf={(point) => (point.violations > 0 ? 'bad' : undefined)}
          compact
          columns={[
            {
              head: 'Run',
              main: true,
              wide: true,
              cell: (point) => (
                <a href={`/runs/${point.run_id}`}>
                  <Time at={point.at} exact />
                </a>
              ),
            },
            { head: 'Violations', number: true, cell: (point) => <Count of={point.violations} /> },
            { head: 'Archives', number: true, cell: (point) => <Count of={point.archives_total} /> },
            { head: 'With listing', number: true, cell: (point) => <Count of={point.present} /> },
            { head: 'Exempt', number: true, cell: (point) => <Count of={point.exempt} /> },
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
    [{ name: 'Violations', color: '--curve-3', values: violations, fill: true }],
    [
      { name: 'Archives', color: '--curve-1', values: all },
      { name: 'With listing', color: '--curve-2', values: present },
    ],
  ];
}
