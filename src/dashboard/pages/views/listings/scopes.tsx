import type { ListingScope } from '../../../api/listings.js';
import { count } from '../../format.js';
import { address } from '../../router.js';
import { Badge, RunBadge } from '../../ui/badge.js';
import { Table } from '../../ui/table.js';
import { Count, Name, Size, Time } from '../../ui/text.js';
import { Card } from '../page.js';

/** Every scope with the results of its last run. */
export function Scopes({ scopes }: { scopes: readonly ListingScope[] }) {
  return (
    <Card title={scopes.length === 1 ? 'Last run' : 'Scopes'} id="scopes">
      <Table
        caption="Scopes with the results of their last runs"
        toneOf={(one) => (one.errors > 0 ? 'bad' : undefined)}
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
          { head: 'Open errors', number: true, cell: (one) => <Errors value={one.errors} /> },
          { head: 'Violations', number: true, cell: (one) => <Count of={one.violations} /> },
          { head: 'Archives', number: true, cell: (one) => <Count of={one.archives_total} /> },
          { head: 'With listing', number: true, cell: (one) => <Count of={one.present} /> },
          { head: 'In the baseline', number: true, cell: (one) => <Count of={one.baseline} /> },
          { head: 'Archived', number: true, cell: (one) => <Size bytes={one.bytes_archived} /> },
          {
            head: 'Last run',
            cell: (one) => (
              <>
                <RunBadge run={one.run} />{' '}
                <a href={`/runs/${one.run.id}`}>
                  <Time at={one.run.finished_at ?? one.run.started_at} />
                </a>
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}

/** Open errors, highlighted so that they stand out among the numbers. */
export function Errors({ value }: { value: number }) {
  return value === 0 ? <Count of={0} /> : <Badge tone="bad" icon="error" text={count(value)} />;
}
