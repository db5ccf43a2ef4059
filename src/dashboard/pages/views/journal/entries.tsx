import type { JournalRow } from '../../../api/artifact.js';
import { address } from '../../router.js';
import { session } from '../../session.js';
import { Badge } from '../../ui/badge.js';
import { DecideButton } from '../../ui/decide-button.js';
import { useDecision } from '../../ui/decision.js';
import { type Column, Table } from '../../ui/table.js';
import { Name, Time } from '../../ui/text.js';
import { Change } from './change.js';
import { undoEntry } from './undo.js';

interface Props {
  rows: readonly JournalRow[];
  reload: () => void;
  /** Whether all rows belong to the artifact that the page is about. */
  ofOne?: boolean;
}

/** An entry without an artifact records evidence of a whole run and cannot be undone. */
const ARTIFACT: Column<JournalRow> = {
  head: 'Artifact',
  main: true,
  cell: (row) =>
    row.artifact_id === '' ? (
      <span class="muted">everything that a run read</span>
    ) : (
      <a href={address('/artifacts', { id: row.artifact_id })}>
        <Name text={row.artifact_id} mono clamp />
      </a>
    ),
};

/** Journal entries with their values and undo buttons. */
export function Entries({ rows, reload, ofOne = false }: Props) {
  const { ask, dialog } = useDecision(reload);
  const can = session.value?.can.undo === true;
  return (
    <>
      <Table
        caption="Changes, newest first"
        rows={rows}
        keyOf={(row) => row.id}
        columns={[
          ...(ofOne ? [] : [ARTIFACT]),
          { head: 'Action', main: ofOne, cell: (row) => <Name text={row.action} mono /> },
          { head: 'Change', wide: true, cell: (row) => <Change row={row} /> },
          { head: 'By', cell: (row) => <Name text={row.actor} /> },
          { head: 'When', cell: (row) => <Time at={row.at} /> },
          {
            head: 'Undo',
            hiddenHead: true,
            cell: (row) =>
              row.undone_by !== null ? (
                <Badge tone="plain" text={`undone by ${row.undone_by}`} />
              ) : row.artifact_id === '' ? null : (
                <DecideButton can={can} onClick={() => ask(undoEntry(row))}>
                  Undo…<span class="visually-hidden"> entry {row.id}</span>
                </DecideButton>
              ),
          },
        ]}
      />
      {dialog}
    </>
  );
}
