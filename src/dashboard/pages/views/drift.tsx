import { useState } from 'preact/hooks';
import type { DriftRow, Page } from '../../api.js';
import { plural, size } from '../format.js';
import { useLoad } from '../load.js';
import { address, parameter } from '../router.js';
import { session } from '../session.js';
import { ClassBadge, StateBadge } from '../ui/badge.js';
import { DecideButton, type Decision, DecisionDialog } from '../ui/decision.js';
import { Choices, ExactFilter } from '../ui/filters.js';
import { Pager } from '../ui/pager.js';
import { Answer, Empty } from '../ui/states.js';
import { Table } from '../ui/table.js';
import { Digest, Name, Time } from '../ui/text.js';
import { ACCEPT_WORDS, REJECT_WORDS } from './drift-words.js';
import { PageFrame } from './page.js';

/** The queue of files that differ from their record. */
export function Drift() {
  const state = parameter('state') ?? 'open';
  const query = {
    state: state === 'all' ? undefined : state,
    class: parameter('class'),
    type: parameter('type'),
    after: parameter('after'),
  };
  const page = useLoad<Page<DriftRow>>(address('/api/drift', query));
  return (
    <PageFrame
      title="Drift"
      lead="Files whose content differs from what is on record. Two reads agreed on each before it came here."
    >
      <section class="card" aria-label="Drift queue">
        <div class="filters">
          <Choices
            name="state"
            label="State"
            choices={['open', 'accepted', 'rejected', 'all'].map((value) => ({ value, text: value }))}
          />
          <Choices
            name="class"
            label="Class"
            choices={[
              { value: '', text: 'every class' },
              ...['corrupt', 'rewritten', 'unknown'].map((value) => ({ value, text: value })),
            ]}
          />
          <ExactFilter name="type" label="Artifact type" placeholder="dataset" />
        </div>
        <Answer of={page}>
          {(data) =>
            data.rows.length === 0 ? (
              <Nothing state={state} />
            ) : (
              <Queue key={`${state} ${query.after}`} page={data} reload={page.reload} />
            )
          }
        </Answer>
      </section>
    </PageFrame>
  );
}

function Nothing({ state }: { state: string }) {
  const filtered = ['class', 'type', 'after'].some((name) => parameter(name) !== undefined);
  if (filtered) {
    return (
      <Empty title="No entry is like that.">
        <a href="/drift">All that is open</a>
      </Empty>
    );
  }
  if (state === 'open') {
    return (
      <Empty good title="No drift is open.">
        <code>salvor checksums verify</code> reads the files again and looks for more.
      </Empty>
    );
  }
  return <Empty title={state === 'all' ? 'No drift was ever found.' : `Nothing was ${state} yet.`} />;
}

function Queue({ page, reload }: { page: Page<DriftRow>; reload: () => void }) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [decision, setDecision] = useState<Decision>();
  const can = session.value?.can.drift === true && !session.value.read_only;
  const open = page.rows.filter((row) => row.state === 'open');
  const chosen = open.filter((row) => selected.has(row.id));
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  const columns = [
    {
      head: 'Select',
      hiddenHead: true,
      corner: true,
      cell: (row: DriftRow) =>
        row.state === 'open' && (
          <input
            type="checkbox"
            aria-label={`Select drift ${row.id}`}
            aria-keyshortcuts="x"
            checked={selected.has(row.id)}
            onChange={() => toggle(row.id)}
          />
        ),
    },
    {
      head: 'Artifact',
      main: true,
      wide: true,
      cell: (row: DriftRow) => (
        <>
          <a href={`/drift/${row.id}`}>
            <Name text={row.title ?? row.artifact_id} />
          </a>
          <span class="sub">
            <Name text={row.path} mono clamp />
          </span>
        </>
      ),
    },
    { head: 'Class', cell: (row: DriftRow) => <ClassBadge of={row.class} /> },
    { head: 'Type', cell: (row: DriftRow) => <Name text={row.artifact_type ?? '–'} /> },
    { head: 'Size', number: true, cell: (row: DriftRow) => size(row.size_bytes) },
    { head: 'On record', cell: (row: DriftRow) => <Digest sha256={row.old_sha256} /> },
    { head: 'Found', cell: (row: DriftRow) => <Digest sha256={row.new_sha256} /> },
    { head: 'Since', cell: (row: DriftRow) => <Time at={row.first_seen_at} /> },
    { head: 'State', cell: (row: DriftRow) => <StateBadge state={row.state} /> },
  ];
  return (
    <>
      {can && open.length > 0 && (
        <SelectionBar open={open} chosen={chosen} setSelected={setSelected} setDecision={setDecision} />
      )}
      <Table
        caption="Drift, the newest first"
        rows={page.rows}
        keyOf={(row) => row.id}
        columns={can && open.length > 0 ? columns : columns.slice(1)}
      />
      <Pager page={page} what="drift" />
      {decision && (
        <DecisionDialog
          decision={decision}
          onClose={() => setDecision(undefined)}
          onDone={() => {
            setDecision(undefined);
            setSelected(new Set());
            reload();
          }}
        />
      )}
    </>
  );
}

function SelectionBar(props: {
  open: readonly DriftRow[];
  chosen: readonly DriftRow[];
  setSelected: (selected: ReadonlySet<string>) => void;
  setDecision: (decision: Decision) => void;
}) {
  const { open, chosen, setSelected, setDecision } = props;
  const all = chosen.length === open.length;
  return (
    <div class="selection">
      <label class="check">
        <input
          type="checkbox"
          checked={all}
          onChange={() => setSelected(new Set(all ? [] : open.map((row) => row.id)))}
        />
        {chosen.length === 0 ? 'Select all on this page' : `${chosen.length} selected`}
      </label>
      {chosen.length > 0 && (
        <div class="buttons">
          <DecideButton
            can
            kind="primary"
            shortcut="a"
            onClick={() => setDecision(decisionOn(chosen, 'accept'))}
          >
            Accept {chosen.length}…
          </DecideButton>
          <DecideButton
            can
            kind="danger"
            shortcut="r"
            onClick={() => setDecision(decisionOn(chosen, 'reject'))}
          >
            Reject {chosen.length}…
          </DecideButton>
        </div>
      )}
    </div>
  );
}

/** The same decision on one or on many. */
export function decisionOn(rows: readonly DriftRow[], verdict: 'accept' | 'reject'): Decision {
  const corrupt = rows.filter((row) => row.class === 'corrupt').length;
  const verb = verdict === 'accept' ? 'Accept' : 'Reject';
  return {
    title: `${verb} ${rows.length === 1 ? 'the new content' : plural(rows.length, 'new content')}?`,
    verb,
    danger: verdict === 'reject',
    note: 'optional',
    explain: (
      <>
        <p>{verdict === 'accept' ? ACCEPT_WORDS : REJECT_WORDS}</p>
        {verdict === 'accept' && corrupt > 0 && (
          <p class="attention">
            {rows.length === 1 ? 'This file changed' : `${corrupt} of these files changed`} without a change
            of size or time, as failing storage does.
          </p>
        )}
        {rows.length > 1 && (
          <ul class="chosen">
            {rows.map((row) => (
              <li key={row.id}>
                <Name text={row.path} mono clamp />
              </li>
            ))}
          </ul>
        )}
      </>
    ),
    requests: (note) =>
      rows.map((row) => ({
        href: `/api/drift/${row.id}`,
        body: { verdict, note: note === '' ? null : note },
      })),
  };
}
