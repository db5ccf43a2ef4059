import type { Queries } from '../queries.js';

/** What recovery asks of the registry, and what it remembers there. */

/** A row as recovery plans from it. */
export interface ArtifactSnapshot {
  id: string;
  type: string;
  path: string | null;
  title: string | null;
  createdAt: Date | null;
  /** JSON text, whatever the column is. */
  metadata: string | null;
}

/** Another artifact that a path or a content belongs to already. */
export interface Owner {
  id: string;
  path: string | null;
  sha256: string | null;
}

export interface Reference {
  /** As the query gives it. */
  at: string;
  by: string;
}

/** Reads only: what plans holds no more than this. */
export interface RecoveryReader {
  /** Names the registry and its table without a secret: a plan is for one of them. */
  readonly identity: string;
  /** How many rows have an id that is not theirs alone, or none, with one such id; `rows` leaves them out. */
  ambiguousIds(): Promise<{ rows: number; example: string | undefined }>;
  /** Every row of these types with an id of its own, with and without a path, by type and id. */
  rows(types: readonly string[], signal?: AbortSignal): AsyncIterable<ArtifactSnapshot[]>;
  /** SHA-256s that a row's file had before a drift that nobody accepted. */
  driftedFrom(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Artifacts of any type with one of these paths or recorded digests. */
  owners(paths: readonly string[], digests: readonly string[]): Promise<Owner[]>;
  /** What people decided of these artifacts and did not take back, the newest last. */
  decisions(ids: readonly string[]): Promise<PersonDecision[]>;
  /** What people decided of one artifact, as `decisions`; within the transaction of a change to it, if given. */
  decisionsWithin(tx: Queries, id: string): Promise<PersonDecision[]>;
  /** Binds of these artifacts that were undone and not brought back: by whom and when. */
  undoneBinds(ids: readonly string[]): Promise<ReadonlyMap<string, UndoneBind>>;
  /**
   * Runs the configured query of references, read-only, with a timeout and a limit of rows: its columns are an
   * artifact's id, `at` and `by`.
   */
  references(
    sql: string,
    limits: { timeoutMs: number; maxRows: number },
  ): Promise<ReadonlyMap<string, Reference>>;
}

export interface UndoneBind {
  by: string;
  at: Date;
  reason: string | null;
}

export interface PersonDecision {
  id: string;
  artifactId: string;
  decision: 'accept' | 'reject' | 'unrecoverable';
  /** The candidate; null for all that were known when it was decided, and for the row. */
  cid: string | null;
  /** What was decided about, whole: the candidate, or all of them. */
  detail: unknown;
  note: string | null;
  actor: string;
  at: Date;
}

/** What became of a row, for whoever looks later. */
export interface RowOutcome {
  artifactId: string;
  artifactType: string;
  status: string;
  /** The plan's row, as JSON text. */
  row: string;
}

export interface RecoveryLedger {
  decide(decision: Omit<PersonDecision, 'at' | 'id'>): Promise<void>;
  /** Takes back all that was said of an artifact's candidates; false when the last word was none of that kind. */
  withdraw(what: Pick<PersonDecision, 'artifactId' | 'note' | 'actor'>): Promise<boolean>;
  /** Puts these rows in the place of all that is remembered of their types. */
  remember(
    runId: string | null,
    planId: string,
    types: readonly string[],
    rows: readonly RowOutcome[],
  ): Promise<void>;
}
