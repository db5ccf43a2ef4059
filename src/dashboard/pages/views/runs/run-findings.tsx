import type { RunFinding } from '../../../api/runs.js';
import type { Page } from '../../../api/session.js';
import { Badge } from '../../ui/badge.js';
import { Pager } from '../../ui/pager.js';
import { Table } from '../../ui/table.js';
import { Name, Time } from '../../ui/text.js';
import { FindingSubject } from '../findings.js';
import { Card } from '../page.js';

/** The findings of a run by subject, so that each lost file is named and not only counted. */
export function RunFindings({ job, page }: { job: string; page: Page<RunFinding> }) {
  return (
    <Card title="Findings">
      <Table
        caption="What the run found, errors first"
        rows={page.rows}
        keyOf={(row) => `${row.code} ${row.subject}`}
        toneOf={(row) => (row.severity === 'error' && row.open ? 'bad' : undefined)}
        columns={[
          {
            head: 'Subject',
            main: true,
            wide: true,
            cell: (row) => <FindingSubject job={job} finding={row} />,
          },
          {
            head: 'Code',
            cell: (row) => (
              <>
                {row.code}{' '}
                {row.severity === 'error' && row.open && <Badge tone="bad" icon="error" text="open" />}
                {!row.open && <Badge tone="plain" text="closed" />}
              </>
            ),
          },
          { head: 'Details', wide: true, cell: (row) => <Name text={row.message} clamp /> },
          { head: 'Since', cell: (row) => <Time at={row.first_seen_at} /> },
        ]}
      />
      <Pager page={page} what="findings" />
    </Card>
  );
}
