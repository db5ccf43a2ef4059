import { useState } from 'preact/hooks';
import type { DriftRow } from '../../../api/drift.js';
import type { Page } from '../../../api/session.js';
import { session } from '../../session.js';
import { ClassBadge, StateBadge } from '../../ui/badge.js';
import { DecideButton } from '../../ui/decide-button.js';
import { type Decision, useDecision } from '../../ui/decision.js';
import { Pager } from '../../ui/pager.js';
import { type Column, Table } from '../../ui/table.js';
import { Digest, Name, Size, Time } from '../../ui/text.js';
import { decisionOn } from './decision.js';

interface Props {
  page: Page<DriftRow>;
  reload: () => void;
  /** Whether rows of several states are mixed. */
  mixed: boolean;
}

/** One page of the queue. Selected entries can be decided together. */
export function DriftQueue({ page, reload, mixed }: Props) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { ask, dialog } = useDecision(() => {
    setSelected(new Set());
    reload();
  });
  const can = session.value?.can.drift === true && !session.value.read_only;
  const open = page.rows.filter((row) => row.state === 'open');
  const selectable = can && open.length > 0;
  const chosen = open.filter((row) => selected.has(row.id));
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  return (
    <>
      {selectable && <SelectionBar open={open} chosen={chosen} setSelected={setSelected} ask={ask} />}
      <Table
        caption="Drift, newest first"
        rows={page.rows}
        keyOf={(row) => row.id}
        columns={selectable ? [selectColumn(selected, toggle), ...columnsOf(mixed)] : columnsOf(mixed)}
      />
      <Pager page={page} what="drift" />
      {dialog}
    </>
  );
}

/** A checkbox for each entry that can still be decided. */
function selectColumn(selected: ReadonlySet<string>, toggle: (id: string) => void): Column<DriftRow> {
  return {
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
  };
}

/** The state column is shown only if there are several states. */
function columnsOf(mixed: boolean): Column<DriftRow>[] {
  return [
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
    { head: 'Size now', number: true, cell: (row: DriftRow) => <Size bytes={row.size_bytes} /> },
    { head: 'Recorded', cell: (row: DriftRow) => <Digest sha256={row.old_sha256} /> },
    { head: 'Found', cell: (row: DriftRow) => <Digest sha256={row.new_sha256} /> },
    { head: 'Since', cell: (row: DriftRow) => <Time at={row.first_seen_at} /> },
    ...(mixed ? [{ head: 'State', cell: (row: DriftRow) => <StateBadge state={row.state} /> }] : []),
  ];
}

function SelectionBar(props: {
  open: readonly DriftRow[];
  chosen: readonly DriftRow[];
  setSelected: (selected: ReadonlySet<string>) => void;
  ask: (decision: Decision) => void;
}) {
  const { open, chosen, setSelected, ask } = props;
  const all = chosen.length === open.length;
  return (
    <div class={chosen.length > 0 ? 'selection follows' : 'selection'}>
      <label class="check">
        <input
          type="checkbox"
          checked={all}
          ref={(box) => {
            if (box !== null) box.indeterminate = chosen.length > 0 && !all;
          }}
          onChange={() => setSelected(new Set(all ? [] : open.map((row) => row.id)))}
        />
        {chosen.length === 0 ? 'Select all on this page' : `${chosen.length} selected`}
      </label>
      <span class="visually-hidden" role="status">
        {chosen.length > 0 && `${chosen.length} selected`}
      </span>
      {chosen.length > 0 && (
        <div class="buttons">
          <DecideButton can kind="primary" shortcut="a" onClick={() => ask(decisionOn(chosen, 'accept'))}>
            Accept {chosen.length}…
          </DecideButton>
          <DecideButton can kind="danger" shortcut="r" onClick={() => ask(decisionOn(chosen, 'reject'))}>
            Reject {chosen.length}…
          </DecideButton>
        </div>
      )}
    </div>
  );
}
