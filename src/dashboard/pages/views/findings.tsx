import type { FindingRow } from '../../api/listings.js';
import type { OpenCause } from '../../api/overview.js';
import type { Page } from '../../api/session.js';
import { count } from '../format.js';
import { useLoad } from '../load.js';
import { address, parameter } from '../router.js';
import { Badge, SeverityBadge } from '../ui/badge.js';
import { Pager } from '../ui/pager.js';
import { Empty, LoadedView } from '../ui/states.js';
import { Table } from '../ui/table.js';
import { CommandLine, Copy, Name, Time } from '../ui/text.js';
import { PageFrame } from './page.js';

const REFRESH_MS = 60_000;

/** The open findings of all jobs: a list of causes, or the subjects of one cause. */
export function Findings() {
  const job = parameter('job');
  const scope = parameter('scope');
  const code = parameter('code');
  return job === undefined || scope === undefined || code === undefined ? (
    <Causes />
  ) : (
    <Subjects job={job} scope={scope} code={code} />
  );
}

export function findingsHref({ job, scope, code }: Pick<OpenCause, 'job' | 'scope' | 'code'>): string {
  return code === 'drift.detected' ? '/drift' : address('/findings', { job, scope, code });
}

function Causes() {
  const causes = useLoad<OpenCause[]>('/api/findings/causes', REFRESH_MS);
  return (
    <PageFrame
      title="Findings"
      lead="All open findings of all jobs. Only a fix or a decision closes a finding."
    >
      <section class="card" aria-label="Open findings by cause">
        <LoadedView of={causes}>
          {(all) =>
            all.length === 0 ? (
              <Empty title="No open findings." />
            ) : (
              <Table
                caption="Open findings by cause, errors first"
                rows={all}
                keyOf={(one) => `${one.job} ${one.scope} ${one.code} ${one.severity}`}
                toneOf={(one) => (one.severity === 'error' && one.count > 0 ? 'bad' : undefined)}
                columns={[
                  {
                    head: 'Finding',
                    main: true,
                    wide: true,
                    cell: (one) => (
                      <>
                        <a href={findingsHref(one)}>
                          {count(one.count + one.baseline)} {one.words}
                        </a>
                        <span class="sub">
                          <Name text={one.subject} mono clamp />
                        </span>
                      </>
                    ),
                  },
                  { head: 'Severity', cell: (one) => <SeverityBadge severity={one.severity} /> },
                  { head: 'Code', cell: (one) => <Name text={one.code} mono /> },
                  { head: 'In the baseline', number: true, cell: (one) => count(one.baseline) },
                  { head: 'Open since', cell: (one) => <Time at={one.since} /> },
                  {
                    head: 'Found by',
                    wide: true,
                    cell: (one) => (
                      <>
                        <Name text={one.job} />
                        <span class="sub">
                          <Name text={one.scope} mono clamp />
                        </span>
                      </>
                    ),
                  },
                ]}
              />
            )
          }
        </LoadedView>
      </section>
    </PageFrame>
  );
}

function Subjects({ job, scope, code }: { job: string; scope: string; code: string }) {
  const page = useLoad<Page<FindingRow>>(
    address('/api/findings', { job, scope, code, after: parameter('after') }),
    REFRESH_MS,
  );
  const causes = useLoad<OpenCause[]>('/api/findings/causes', REFRESH_MS);
  const cause = causes.data?.find((one) => one.job === job && one.scope === scope && one.code === code);
  return (
    <PageFrame
      title={cause === undefined ? code : `${count(cause.count + cause.baseline)} ${cause.words}`}
      up={{ href: '/findings', name: 'Findings' }}
      lead={
        <>
          Found by <Name text={job} /> on <Name text={scope} mono />
          {job === 'listings verify' && (
            <>
              {' '}
              (<a href={address('/listings', { scope })}>view its listings</a>)
            </>
          )}
        </>
      }
    >
      {cause !== undefined && <WhatToDo cause={cause} />}
      <section class="card" aria-label="Subjects">
        <LoadedView of={page}>
          {(data) =>
            data.rows.length === 0 ? (
              <Empty title="These findings are no longer open.">
                <a href="/findings">All findings</a>
              </Empty>
            ) : (
              <>
                <Table
                  caption="Subjects, newest first"
                  rows={data.rows}
                  keyOf={(one) => one.id}
                  columns={[
                    {
                      head: 'Subject',
                      main: true,
                      wide: true,
                      cell: (one) => <FindingSubject job={job} finding={one} />,
                    },
                    { head: 'Details', wide: true, cell: (one) => <Name text={one.message} /> },
                    { head: 'Open since', cell: (one) => <Time at={one.first_seen_at} /> },
                    { head: 'Last seen', cell: (one) => <Time at={one.last_seen_at} /> },
                    {
                      head: 'Severity',
                      cell: (one) => (
                        <>
                          <SeverityBadge severity={one.severity} />{' '}
                          {one.baseline && <Badge tone="plain" text="in the baseline" />}
                        </>
                      ),
                    },
                  ]}
                />
                <Pager page={data} what="findings" />
              </>
            )
          }
        </LoadedView>
      </section>
    </PageFrame>
  );
}

function WhatToDo({ cause }: { cause: OpenCause }) {
  return (
    <section class="card" aria-label="What to do">
      {cause.meaning !== null && <p class="explain">{cause.meaning.replaceAll('`', '')}</p>}
      {cause.action !== null && (
        <p>
          <strong>What to do:</strong> {cause.action.replaceAll('`', '')}
        </p>
      )}
      <CommandLine text={cause.command} />
    </section>
  );
}

/** Jobs whose findings are about artifacts: the subject is an artifact id. */
const ABOUT_ARTIFACTS = /^(checksums|recovery)/;

export function FindingSubject({ job, finding }: { job: string; finding: Pick<FindingRow, 'subject'> }) {
  const name = <Name text={finding.subject} mono />;
  return (
    <>
      {ABOUT_ARTIFACTS.test(job) && finding.subject !== '' ? (
        <a href={address('/artifacts', { id: finding.subject })}>{name}</a>
      ) : (
        name
      )}{' '}
      <Copy text={finding.subject} what="subject" />
    </>
  );
}
