/** The journal: every change that Salvor made to the registry, never altered, enough to take each back exactly. */
export interface JournalEntry {
  id: string;
  runId: string | null;
  artifactId: string;
  /** The table of the artifact, `schema.table`; empty where an entry is older than the column. */
  table: string;
  action: string;
  /** JSON text, see `journal-values.ts`. */
  before: string;
  after: string;
  reason: string | null;
  actor: string;
  at: Date;
  undoes: string | null;
  /** The entry that took this one back, if any. */
  undoneBy: string | null;
}

export interface JournalFilter {
  runId?: string | undefined;
  artifactId?: string | undefined;
  table?: string | undefined;
  action?: string | undefined;
  /** Only entries with ids below this one: the last of the page before. */
  before?: string | undefined;
  limit?: number | undefined;
}

export interface Journal {
  /** The newest first; 100 unless told otherwise. */
  log(filter: JournalFilter): Promise<JournalEntry[]>;
  get(id: string): Promise<JournalEntry | undefined>;
  /** Entries of a run with ids below `before`, the newest first: a page at a time for undoing them. */
  ofRun(runId: string, before: string | undefined, limit: number): Promise<JournalEntry[]>;
}
