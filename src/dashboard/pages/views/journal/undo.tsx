import type { JournalRow } from '../../../api/artifact.js';
import { plural } from '../../format.js';
import type { Decision } from '../../ui/decision.js';
import { ScrolledFrame } from '../../ui/scrolled.js';
import { Name } from '../../ui/text.js';
import { Change } from './change.js';

const HREF = '/api/journal/undo';
const REST =
  'The undo is written as new entries, so it can be undone too. If a value has changed since, its undo is refused and the value stays as it is.';

export function undoEntry(row: JournalRow): Decision {
  return {
    title: `Undo entry ${row.id}?`,
    verb: 'Undo it',
    danger: true,
    note: 'none',
    explain: (
      <>
        <p>
          Restores the values that <Name text={row.artifact_id} mono /> had before this entry:
        </p>
        <ScrolledFrame kind="chosen" label="Values after the undo">
          <Change row={row} backwards />
        </ScrolledFrame>
        <p>{REST}</p>
      </>
    ),
    requests: () => [{ href: HREF, body: { entry: row.id } }],
  };
}

export function undoRun(run: string, changes: number): Decision {
  return {
    title: 'Undo the whole run?',
    verb: `Undo ${plural(changes, 'change')}`,
    danger: true,
    note: 'none',
    explain: <p>Undoes every change of this run that is still in effect, newest first. {REST}</p>,
    requests: () => [{ href: HREF, body: { run } }],
  };
}
