import { CHECKSUM_KEYS } from '../../core/checksum-marker.js';
import type { ArtifactChange, ArtifactRow, DriftDecision, JournalNote } from '../artifacts/artifacts-port.js';
import type { JournalEntry } from './journal-port.js';
import { type JournalValues, readJournalValues, sameJson } from './journal-values.js';

/** The effect of undoing an entry, or why it is refused. Undoing only a decision changes no artifact. */
export type UndoPlan =
  | { kind: 'change'; change: ArtifactChange | undefined; decision: DriftDecision | undefined }
  | { kind: 'refused'; reason: string };

/** The metadata keys that an entry is about. */
export function keysOf(entry: Pick<JournalEntry, 'before' | 'after'>): string[] {
  const before = readJournalValues(entry.before).metadata?.keys ?? {};
  const after = readJournalValues(entry.after).metadata?.keys ?? {};
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

/**
 * Plans the reverse of an entry. It is refused if any value that the entry wrote has changed since, so later changes
 * are never overwritten. `row` must be read with the entry's keys and the whole metadata.
 */
export function planUndo(
  entry: JournalEntry,
  row: ArtifactRow | undefined,
  { table, note }: { table: string; note: Omit<JournalNote, 'undoes'> },
): UndoPlan {
  if (entry.table !== '' && entry.table !== table)
    return refused(`it is about the table ${entry.table}, and registry.table is ${table}`);
  if (entry.undoneBy !== null) return refused(`it was taken back by entry ${entry.undoneBy}`);
  const before = readJournalValues(entry.before);
  const after = readJournalValues(entry.after);
  const decision = reversed(entry, before.drift, after.drift, note);
  if (decision !== undefined && after.metadata === undefined && after.path === undefined)
    return { kind: 'change', change: undefined, decision };
  if (row === undefined) return refused('the row is gone');
  if (row.metadata.kind === 'bad') return refused(`its metadata was changed since: ${row.metadata.reason}`);
  if (after.path !== undefined && row.path !== after.path) return refused('its file_path was changed since');
  const keys = keysOf(entry);
  for (const key of keys) {
    if (!sameJson(row.metadata.keys[key] ?? null, after.metadata?.keys[key] ?? null)) {
      return refused(`its metadata.${key} was changed since`);
    }
  }
  const aboutTheFile = after.path !== undefined || CHECKSUM_KEYS.some((key) => keys.includes(key));
  return {
    kind: 'change',
    decision,
    change: {
      artifactId: entry.artifactId,
      read: { path: row.path, metadata: row.metadata },
      ...(before.path === undefined ? {} : { path: before.path }),
      keys: Object.fromEntries(keys.map((key) => [key, before.metadata?.keys[key] ?? null])),
      backToNull: before.metadata?.isNull ?? false,
      note: { ...note, undoes: entry.id },
      ...(aboutTheFile ? { digest: 'forget' as const } : {}),
    },
  };
}

/** A drift entry that was decided is open again; one that was open again is what it was decided to be. */
function reversed(
  entry: JournalEntry,
  before: JournalValues['drift'],
  after: JournalValues['drift'],
  note: Omit<JournalNote, 'undoes'>,
): DriftDecision | undefined {
  if (before === undefined || after === undefined) return undefined;
  const { id: undoes, artifactId } = entry;
  return { driftId: after.id, artifactId, from: after.state, to: before.state, note: { ...note, undoes } };
}

function refused(reason: string): UndoPlan {
  return { kind: 'refused', reason };
}
