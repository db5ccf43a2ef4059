import type { ListingPartition } from '../../../api/listings.js';
import type { Page } from '../../../api/session.js';
import { useLoad } from '../../load.js';
import { address, parameter } from '../../router.js';
import { Badge } from '../../ui/badge.js';
import { Pager } from '../../ui/pager.js';
import { LoadedView } from '../../ui/states.js';
import { Table } from '../../ui/table.js';
import { Count, Name, Time } from '../../ui/text.js';
import { Card } from '../page.js';
import { Errors } from './scopes.js';

const REFRESH_MS = 60_000;

/** The partitions of one scope, or of all scopes. */
export function Partitions({ scope }: { scope: string | undefined }) {
  const after = scope === parameter('scope') || scope === undefined ? parameter('after') : undefined;
  const page = useLoad<Page<ListingPartition>>(
    address('/api/listings/partitions', { scope, after }),
    REFRESH_MS,
  );
  return (
    <Card title="Partitions">
      <LoadedView of={page}>
        {(data) => (
          <>
            <Table
              caption="Partitions, most open errors first"
              rows={data.rows}
              keyOf={(one) => `${one.scope} ${one.url} ${one.name}`}
              toneOf={(one) => (one.errors > 0 ? 'bad' : undefined)}
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
                      {scope === undefined && (
                        <span class="sub">
                          <Name text={one.scope} mono clamp />
                        </span>
                      )}
                    </>
                  ),
                },
                { head: 'Open errors', number: true, cell: (one) => <Errors value={one.errors} /> },
                { head: 'Violations', number: true, cell: (one) => <Count of={one.violations} /> },
                { head: 'Archives', number: true, cell: (one) => <Count of={one.archives_total} /> },
                { head: 'With listing', number: true, cell: (one) => <Count of={one.present} /> },
                { head: 'Missing', number: true, cell: (one) => <Count of={one.missing} /> },
                { head: 'Too small', number: true, cell: (one) => <Count of={one.too_small} /> },
                { head: 'Pending', number: true, cell: (one) => <Count of={one.pending} /> },
                { head: 'Exempt', number: true, cell: (one) => <Count of={one.exempt} /> },
                { head: 'Stale', number: true, cell: (one) => <Count of={one.stale} /> },
                { head: 'Newest archive', cell: (one) => <NewestArchive at={one.newest_archive_at} /> },
              ]}
            />
            <Pager page={data} what="partitions" />
          </>
        )}
      </LoadedView>
    </Card>
  );
}

/** The age of the newest archive, or `none now`: a partition without archives once had some. */
function NewestArchive({ at }: { at: string | null }) {
  return at === null ? <span class="muted">none now</span> : <Time at={at} />;
}
