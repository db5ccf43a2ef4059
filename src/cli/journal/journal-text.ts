import { timeText } from '../../core/iso-time.js';
import { printable } from '../../core/printable.js';
import type { JournalEntry } from '../../registry/journal/journal-port.js';
import { type JournalValues, readJournalValues } from '../../registry/journal/journal-values.js';
import { canBeUndone } from '../../registry/journal/undo.js';
import { type Fact, factLines } from '../terminal/facts.js';
import type { Style } from '../terminal/style.js';

/** Formats one entry: the change, its author, and how to undo it. */
export function journalText(entry: JournalEntry, style: Style): string {
  const { id, action, artifactId, actor, undoneBy } = entry;
  const facts = factLines([
    ['at', `${timeText(entry.at)} by ${actor}`],
    ['run', entry.runId ?? undefined],
    ['reason', entry.reason ?? undefined],
    ['undoes', entry.undoes === null ? undefined : `entry ${entry.undoes}`],
    ['undone by', undoneBy === null ? undefined : `entry ${undoneBy}`],
  ]);
  const title = style.bold(printable(`Entry ${id}: ${action} of ${artifactId}`));
  const next = undoneBy === null && canBeUndone(entry) ? ['', `To undo it: salvor journal undo ${id}`] : [];
  return `${[title, ...facts, '', ...factLines(changes(entry)), ...next].join('\n')}\n`;
}

/** Each key that changed, with its JSON before and after. */
function changes({ before, after }: JournalEntry): Fact[] {
  const [was, is] = [readJournalValues(before), readJournalValues(after)].map(flat) as [Flat, Flat];
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return keys.map((key) => [key, `${was[key] ?? 'absent'} -> ${is[key] ?? 'absent'}`]);
}

type Flat = Record<string, string | null | undefined>;

function flat({ path, metadata, drift }: JournalValues): Flat {
  return {
    ...(drift === undefined ? {} : { [`drift ${drift.id}`]: drift.state }),
    ...(path === undefined ? {} : { file_path: JSON.stringify(path) }),
    ...(metadata?.isNull ? { metadata: 'null' } : metadata?.keys),
  };
}
