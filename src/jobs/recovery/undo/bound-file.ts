import type { JournalEntry } from '../../../registry/journal/journal-port.js';
import { RECOVERED_FROM } from '../plan/basis.js';

/** What a journal entry says of the file that a bind placed. */
export interface BoundFile {
  /** Absent when the bind did not change it. */
  path?: string;
  sha256?: string;
}

/** Whether an entry made a recovered file the row's, or took it from the row; undefined for every other entry. */
export function directionOf(entry: JournalEntry): 'binds' | 'unbinds' | undefined {
  const before = RECOVERED_FROM in metadataOf(entry.before);
  const after = RECOVERED_FROM in metadataOf(entry.after);
  if (after && (!before || entry.action === 'bind')) return 'binds';
  return before && !after ? 'unbinds' : undefined;
}

/** The bound file of an entry that binds or unbinds: what the side that has the file says. */
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
