import type { JournalEntry } from '../../../registry/journal/journal-port.js';
import { RECOVERED_FROM } from '../plan/basis.js';

/** The file that a bind placed, according to a journal entry. */
export interface BoundFile {
  /** Absent if the bind did not change it. */
  path?: string;
  sha256?: string;
}

/** Whether an entry binds a recovered file to the row or removes it; undefined for all other entries. */
export function directionOf(entry: JournalEntry): 'binds' | 'unbinds' | undefined {
  const before = RECOVERED_FROM in metadataOf(entry.before);
  const after = RECOVERED_FROM in metadataOf(entry.after);
  if (after && (!before || entry.action === 'bind')) return 'binds';
  return before && !after ? 'unbinds' : undefined;
}

/** The bound file of an entry that binds or unbinds, from the side of the entry that has the file. */
export function boundFileOf(entry: JournalEntry): BoundFile {
  const text = directionOf(entry) === 'unbinds' ? entry.before : entry.after;
  const { file_path: path } = JSON.parse(text) as { file_path?: unknown };
  const sha256 = metadataOf(text).file_sha256;
  return {
    ...(typeof path === 'string' ? { path } : {}),
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
  };
}

function metadataOf(text: string): Record<string, unknown> {
  const { metadata } = JSON.parse(text) as { metadata?: unknown };
  return typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {};
}
