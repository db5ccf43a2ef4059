import { useState } from 'preact/hooks';
import type { JournalRow, Page } from '../../api.js';
import { useLoad } from '../load.js';
import { address, parameter } from '../router.js';
import { session } from '../session.js';
import { Badge } from '../ui/badge.js';
import { DecideButton, type Decision, DecisionDialog } from '../ui/decision.js';
import { ExactFilter } from '../ui/filters.js';
import { Pager } from '../ui/pager.js';
import { Answer, Empty } from '../ui/states.js';
import { Table } from '../ui/table.js';
import { Digest, Name, Time } from '../ui/text.js';
import { PageFrame } from './page.js';
import { undoEntry } from './undo.js';

/** Every change that was made to the registry, and the way back. */
export function Journal() {
  const query = {
    artifact: parameter('artifact'),
    run: parameter('run'),
    action: parameter('action'),
    actor: parameter('actor'),
  };
  const page = useLoad<Page<JournalRow>>(address('/api/journal', { ...query, after: parameter('after') }));
  const filtered = Object.values(query).some((value) => value !== undefined);
  return (
    <PageFrame
      title="Journal"
      lead="Every change to the registry, with what was there before. Entries are never altered; undoing writes new ones."
    >
      <section class="card" aria-label="Entries">
        <div class="filters">
          <ExactFilter name="artifact" label="Artifact id" placeholder="the whole id" />
          <ExactFilter name="action" label="Action" placeholder="checksum" />
          <ExactFilter name="actor" label="By" placeholder="alice" />
          {query.run !== undefined && (
            <p class="muted">
              Only of <a href={`/runs/${encodeURIComponent(query.run)}`}>one run</a>.{' '}
              <a href="/journal">Show all</a>
            </p>
          )}
        </div>
        <Answer of={page}>
          {(data) =>
            data.rows.length === 0 ? (
              <Empty title={filtered ? 'No entry is like that.' : 'Nothing was changed yet.'}>
                {filtered && <a href="/journal">All entries</a>}
              </Empty>
            ) : (
              <>
                <Entries rows={data.rows} reload={page.reload} />
                <Pager page={data} what="the journal" />
              </>
            )
          }
        </Answer>
      </section>
    </PageFrame>
  );
}

/** Entries with their values, each with its undo. */
export function Entries({ rows, reload }: { rows: readonly JournalRow[]; reload: () => void }) {
  const [decision, setDecision] = useState<Decision>();
  const can = session.value?.can.undo === true;
  return (
    <>
      <Table
        caption="Changes, the newest first"
        rows={rows}
        keyOf={(row) => row.id}
        columns={[
          {
            head: 'Artifact',
            main: true,
            cell: (row) => (
              <a href={address('/artifacts', { id: row.artifact_id })}>
                <Name text={row.artifact_id} mono clamp />
              </a>
            ),
          },
          { head: 'Action', cell: (row) => <Name text={row.action} mono /> },
          { head: 'Change', wide: true, cell: (row) => <Change row={row} /> },
          { head: 'By', cell: (row) => <Name text={row.actor} /> },
          { head: 'When', cell: (row) => <Time at={row.at} /> },
          {
            head: 'Undo',
            hiddenHead: true,
            cell: (row) =>
              row.undone_by !== null ? (
                <Badge tone="plain" text={`undone by ${row.undone_by}`} />
              ) : (
                <DecideButton can={can} onClick={() => setDecision(undoEntry(row.id))}>
                  Undo<span class="visually-hidden"> entry {row.id}</span>
                </DecideButton>
              ),
          },
        ]}
      />
      {decision && (
        <DecisionDialog
          decision={decision}
          onClose={() => setDecision(undefined)}
          onDone={() => {
            setDecision(undefined);
            reload();
          }}
        />
      )}
    </>
  );
}

function Change({ row }: { row: JournalRow }) {
  return (
    <div class="change">
      {changed(row).map(({ key, before, after }) => (
        <p key={key}>
          <span class="muted">
            <Name text={key} />
          </span>{' '}
          <Value text={before} gone /> <span aria-hidden="true">→</span>
          <span class="visually-hidden">became</span> <Value text={after} />
        </p>
      ))}
      {row.reason !== null && (
        <p class="muted">
          <Name text={row.reason} />
        </p>
      )}
      {row.undoes !== null && <p class="muted">takes back entry {row.undoes}</p>}
    </div>
  );
}

function Value({ text, gone = false }: { text: string | undefined; gone?: boolean }) {
  if (text === undefined) return <em class="muted">absent</em>;
  if (/^[0-9a-f]{64}$/.test(text))
    return gone ? (
      <del>
        <Digest sha256={text} />
      </del>
    ) : (
      <ins>
        <Digest sha256={text} />
      </ins>
    );
  return gone ? (
    <del>
      <Name text={text} mono clamp />
    </del>
  ) : (
    <ins>
      <Name text={text} mono clamp />
    </ins>
  );
}

/** The keys that an entry is about, with their values as JSON text; whole texts where they can't be taken apart. */
function changed(row: JournalRow): { key: string; before: string | undefined; after: string | undefined }[] {
  const before = flat(row.before);
  const after = flat(row.after);
  if (before === undefined || after === undefined)
    return [{ key: 'values', before: row.before, after: row.after }];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.map((key) => ({ key, before: before.get(key), after: after.get(key) }));
}

function flat(text: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { metadata, ...rest } = value as Record<string, unknown>;
    const inner = typeof metadata === 'object' && metadata !== null ? metadata : {};
    return new Map(
      [...Object.entries(rest), ...Object.entries(inner)].map(([key, one]) => [
        key,
        typeof one === 'string' ? one : JSON.stringify(one),
      ]),
    );
  } catch {
    return undefined;
  }
}
