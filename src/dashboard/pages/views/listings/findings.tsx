import type { FindingRow } from '../../../api/listings.js';
import type { Page } from '../../../api/session.js';
import { useLoad } from '../../load.js';
import { address, parameter, withParameters } from '../../router.js';
import { Badge, SeverityBadge } from '../../ui/badge.js';
import { Choices } from '../../ui/filters.js';
import { Pager } from '../../ui/pager.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { Copy, Name, Time } from '../../ui/text.js';
import { Card } from '../page.js';

const REFRESH_MS = 60_000;
/** The list of partitions on the same page uses `after`. */
const CURSOR = 'findings';

/** Open findings of a scope or a partition. By default, only errors that are not in the baseline. */
export function ListingFindings({ scope, partition }: { scope: string; partition: string | undefined }) {
  const show = parameter('show') ?? 'counting';
  const code = parameter('code');
  const query = { scope, prefix: partition, code, show, after: parameter(CURSOR) };
  const page = useLoad<Page<FindingRow>>(address('/api/listings/findings', query), REFRESH_MS);
  return (
    <Card title="Open findings">
      <div class="filters">
        <Choices
          name="show"
          label="Which findings"
          cursor={CURSOR}
          choices={[
            { value: 'counting', text: 'errors' },
            { value: 'all', text: 'all' },
          ]}
        />
        {code !== undefined && (
          <p class="muted">
            Only <Name text={code} mono />.{' '}
            <a href={withParameters({ code: undefined, [CURSOR]: undefined })}>All codes</a>
          </p>
        )}
      </div>
      <LoadedView of={page}>
        {(data) =>
          data.rows.length === 0 ? (
            <Nothing show={show} filtered={code !== undefined} />
          ) : (
            <Rows page={data} />
          )
        }
      </LoadedView>
    </Card>
  );
}

function Nothing({ show, filtered }: { show: string; filtered: boolean }) {
  if (filtered) return <Empty title="No matching findings." />;
  if (show === 'all') return <Empty good title="No open findings here." />;
  return (
    <Empty good title="No open errors here.">
      Choose “all” to see warnings and errors in the baseline.
    </Empty>
  );
}

function Rows({ page }: { page: Page<FindingRow> }) {
  return (
    <>
      <Table
        caption="Open findings, newest first"
        rows={page.rows}
        keyOf={(one) => one.id}
        columns={[
          { head: 'Severity', cell: (one) => <SeverityBadge severity={one.severity} /> },
          {
            head: 'Finding',
            cell: (one) => (
              <>
                <a href={withParameters({ code: one.code, [CURSOR]: undefined })}>
                  <Name text={one.code} mono />
                </a>{' '}
                {one.baseline && <Badge tone="plain" text="in the baseline" />}
              </>
            ),
          },
          {
            head: 'Subject',
            main: true,
            wide: true,
            cell: (one) => (
              <>
                <Name text={one.subject} mono /> <Copy text={one.subject} what="subject" />
              </>
            ),
          },
          { head: 'Details', wide: true, cell: (one) => <Name text={one.message} clamp /> },
          { head: 'Open since', cell: (one) => <Time at={one.first_seen_at} /> },
          { head: 'Last seen', cell: (one) => <Time at={one.last_seen_at} /> },
        ]}
      />
      <Pager page={page} what="findings" cursor={CURSOR} />
    </>
  );
}
