export interface JournalLogFlags {
  run?: string;
  artifact?: string;
  action?: string;
  limit: number;
}

export interface JournalUndoFlags {
  yes?: true;
  reason?: string;
}
