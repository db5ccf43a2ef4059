import type { ArtifactDetail } from '../../api/artifact.js';
import type { Undone } from '../../api/recovery.js';
import { useLoad } from '../load.js';
import { address, parameter } from '../router.js';
import { Badge, ClassBadge, SeverityBadge, StateBadge } from '../ui/badge.js';
import { ExactFilters } from '../ui/filters.js';
import { Scrolled } from '../ui/scrolled.js';
import { Empty, LoadedView } from '../ui/states.js';
import { Table } from '../ui/table.js';
import { Digest, Name, Size, Time } from '../ui/text.js';
import { findingsHref } from './findings.js';
import { Entries } from './journal/entries.js';
import { Card, Facts, PageFrame } from './page.js';
import { statusWords } from './recovery/residual.js';

/** Everything that is known about one artifact. */
export function Artifact() {
  const id = parameter('id');
  return (
    <PageFrame
      title={id === undefined ? 'Artifact' : `Artifact ${id}`}
      lead="What Salvor knows about one artifact, and what it changed."
    >
      <div class="filters">
        <ExactFilters fields={[{ name: 'id', label: 'Artifact id', placeholder: 'full id' }]} />
      </div>
      {id === undefined ? (
        <section class="card">
          <Empty title="Enter an artifact id.">
            Use the full id from the registry. Lists on other pages link here too.
          </Empty>
        </section>
      ) : (
        <One id={id} />
      )}
    </PageFrame>
  );
}

function One({ id }: { id: string }) {
  const artifact = useLoad<ArtifactDetail>(address('/api/artifact', { id }));
  return (
    <LoadedView of={artifact}>{(data) => <Detail artifact={data} reload={artifact.reload} />}</LoadedView>
  );
}

function Detail({ artifact, reload }: { artifact: ArtifactDetail; reload: () => void }) {
  const { drift } = artifact;
  return (
    <>
      <Subject artifact={artifact} />
      {artifact.findings.length > 0 && <OpenFindings artifact={artifact} />}
      {drift.length > 0 && (
        <Card title="Drift">
          <Table
            caption="Drift of this artifact, newest first"
            rows={drift}
            keyOf={(one) => one.id}
            columns={[
              { head: 'Drift', main: true, cell: (one) => <a href={`/drift/${one.id}`}>Drift {one.id}</a> },
              { head: 'Class', cell: (one) => <ClassBadge of={one.class} /> },
              { head: 'Recorded', cell: (one) => <Digest sha256={one.old_sha256} /> },
              { head: 'Found', cell: (one) => <Digest sha256={one.new_sha256} /> },
              { head: 'Since', cell: (one) => <Time at={one.first_seen_at} /> },
              { head: 'State', cell: (one) => <StateBadge state={one.state} /> },
            ]}
          />
        </Card>
      )}
      <Card title="Journal" aside={<a href={address('/journal', { artifact: artifact.id })}>All entries</a>}>
        {artifact.journal.length === 0 ? (
          <Empty title="Salvor has not changed this artifact." />
        ) : (
          <Entries rows={artifact.journal} reload={reload} ofOne />
        )}
      </Card>
    </>
  );
}

/** Open findings: a good last read says nothing about a file that has disappeared since. */
function OpenFindings({ artifact }: { artifact: ArtifactDetail }) {
  return (
    <Card title="Open findings">
      <Table
        caption="Open findings about this artifact, newest first"
        rows={artifact.findings}
        keyOf={(one) => one.id}
        toneOf={(one) => (one.severity === 'error' ? 'bad' : undefined)}
        columns={[
          {
            head: 'Finding',
            main: true,
            cell: (one) => (
              <a href={findingsHref(one)}>
                <Name text={one.code} mono />
              </a>
            ),
          },
          { head: 'Severity', cell: (one) => <SeverityBadge severity={one.severity} /> },
          { head: 'Details', wide: true, cell: (one) => <Name text={one.message} /> },
          { head: 'Open since', cell: (one) => <Time at={one.first_seen_at} /> },
          { head: 'Found by', cell: (one) => <Name text={one.job} /> },
        ]}
      />
    </Card>
  );
}

/** The undo of a bind: who and when. */
export function UndoneBind({ undone }: { undone: Undone }) {
  return (
    <span class="sub attention">
      undone by <Name text={undone.by} /> on <Time at={undone.at} exact />
    </span>
  );
}

/** The artifact with the results of its last read, last restore and last plan. */
function Subject({ artifact }: { artifact: ArtifactDetail }) {
  const { digest, proof, recovery } = artifact;
  return (
    <section class="card" aria-label="The artifact">
      <p class="subject">
        <strong>
          <Name text={artifact.title ?? artifact.id} />
        </strong>
      </p>
      <Facts
        facts={[
          { name: 'Id', value: <Name text={artifact.id} mono /> },
          { name: 'Type', value: <Name text={artifact.type ?? '–'} /> },
          { name: 'Path', value: artifact.path === null ? 'none' : <Name text={artifact.path} mono /> },
          {
            name: 'Last complete read',
            value: digest === null ? 'none recorded' : <Time at={digest.computed_at} />,
          },
          ...(digest === null
            ? []
            : [
                { name: 'Digest at that time', value: <Digest sha256={digest.sha256} /> },
                { name: 'Size at that time', value: <Size bytes={digest.size_bytes} /> },
              ]),
          { name: 'Restore proof', value: proof === null ? 'none' : <Proof proof={proof} /> },
          ...(recovery === null
            ? []
            : [
                {
                  name: 'Last applied plan',
                  value: (
                    <>
                      <a href={address('/review/row', { id: artifact.id })}>{statusWords(recovery.status)}</a>
                      {recovery.undone !== null && <UndoneBind undone={recovery.undone} />}
                    </>
                  ),
                },
              ]),
        ]}
      />
      {artifact.metadata !== null && (
        <details>
          <summary>Metadata</summary>
          <Scrolled text={artifact.metadata} label="Metadata" />
        </details>
      )}
    </section>
  );
}

function Proof({ proof }: { proof: NonNullable<ArtifactDetail['proof']> }) {
  if (proof.ok && !proof.of_current) {
    return (
      <>
        <Badge tone="warn" icon="warning" text="proof of earlier content" /> <Time at={proof.at} />
      </>
    );
  }
  return (
    <>
      {proof.ok ? (
        <Badge tone="good" icon="ok" text="restored" />
      ) : (
        <Badge tone="bad" icon="error" text="restore failed" />
      )}{' '}
      <Time at={proof.at} />
    </>
  );
}
