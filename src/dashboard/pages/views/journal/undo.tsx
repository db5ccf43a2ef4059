import type { JournalRow } from '../../../api/artifact.js';
import { plural } from '../../format.js';
import type { Decision } from '../../ui/decision.js';
import { ScrolledFrame } from '../../ui/scrolled.js';
import { Name } from '../../ui/text.js';
import { Change } from './change.js';

const HREF = '/api/journal/undo';
const REST =
  'The reverse is written as new entries, so the undoing can be undone too. Where somebody changed the value since, it is refused and stays as it is.';

export function undoEntry(row: JournalRow): Decision {
  return {
    title: `Undo entry ${row.id}?`,
    verb: 'Undo it',
    danger: true,
    note: 'none',
    explain: (
      <>
        <p>
          Of <Name text={row.artifact_id} mono />, the values before the entry are restored exactly:
        </p>
        <ScrolledFrame kind="chosen" label="What becomes of the values">
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
    explain: <p>Every change of this run that still stands is taken back, the last one first. {REST}</p>,
    requests: () => [{ href: HREF, body: { run } }],
  };
}
