export interface JournalLogFlags {
  run?: string;
  artifact?: string;
  action?: string;
  limit: number;
  after?: string;
}

export interface JournalUndoFlags {
  yes?: true;
  reason?: string;
}
