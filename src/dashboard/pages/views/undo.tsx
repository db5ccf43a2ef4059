import { plural } from '../format.js';
import type { Decision } from '../ui/decision.js';

const HREF = '/api/journal/undo';
const REST =
  'The reverse is written as new entries, so the undoing can be undone too. Where somebody changed the value since, it is refused and stays as it is.';

export function undoEntry(id: string): Decision {
  return {
    title: `Undo entry ${id}?`,
    verb: 'Undo it',
    danger: true,
    note: 'none',
    explain: <p>The values before the entry are restored exactly. {REST}</p>,
    requests: () => [{ href: HREF, body: { entry: id } }],
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
