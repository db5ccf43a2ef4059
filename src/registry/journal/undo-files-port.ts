import type { JournalEntry } from './journal-port.js';

/** The part of an undo that is not in the database: the files that binds placed. */
export interface UndoFiles {
  /**
   * Records what is to be done to files, and brings back those that must be there before their rows say so. Returns
   * why entries cannot be undone, by entry id.
   */
  prepare(entries: readonly JournalEntry[]): Promise<ReadonlyMap<string, string>>;
  /** Does the rest for entries that were undone, and reverts what was prepared for the others. */
  conclude(entries: readonly JournalEntry[], undone: ReadonlySet<string>): Promise<void>;
}
