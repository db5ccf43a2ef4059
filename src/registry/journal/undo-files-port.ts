import type { JournalEntry } from './journal-port.js';

/** The part of an undo that is not in the database: the files that binds placed. */
export interface UndoFiles {
  /**
   * Records what is to be done to files, and brings back those that must be there before their rows say so. Returns
   * why entries cannot be undone, by entry id.
   */
  prepare(entries: readonly JournalEntry[]): Promise<ReadonlyMap<string, string>>;
  /** Ends what was prepared for entries that were undone, and reverts it for the others. Files to move away are kept in mind. */
  conclude(entries: readonly JournalEntry[], undone: ReadonlySet<string>): Promise<void>;
  /** Moves files away, once for all entries: whose they are too is a question to every row. */
  finish(): Promise<void>;
}
