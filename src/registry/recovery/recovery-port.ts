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

export interface NewDecision extends Omit<PersonDecision, 'at' | 'id'> {
  /** Decisions that were made together have one. */
  groupId?: string | undefined;
}

/**
 * What the maker of a decision knew: the last decision that counts, as a plan has it, or the last entry of any kind
 * that a page showed.
 */
export type Seen = { plan: string | null } | { page: string | null };

/** The outcome of a plan's row, kept for later queries. */
export interface RowOutcome {
  artifactId: string;
  artifactType: string;
  status: string;
  /** The plan's row, as JSON text. */
  row: string;
}

export interface RecoveryLedger {
  /**
   * Records a decision if nobody decided otherwise since what its maker saw (when that is given), within the
   * transaction of a change to its artifact if possible. A repetition of the last decision changes
   * nothing. Returns its id.
   * @throws Failure `decision.changed` (exit 1), which names who decided what
   */
  decide(decision: NewDecision, seen?: Seen, tx?: Queries): Promise<string>;
  /**
   * Takes back all that was said of an artifact's candidates; false when the last word was none of that kind.
   * @throws Failure `decision.changed` when somebody decided since what its maker saw
   */
  withdraw(what: Pick<PersonDecision, 'artifactId' | 'note' | 'actor'>, seen?: Seen): Promise<boolean>;
  /** The artifacts of a group of decisions, in order. */
  ofGroup(groupId: string): Promise<string[]>;
  /** Puts these rows in the place of all that is remembered of their types; a batch of them is held at a time. */
  remember(
    runId: string | null,
    planId: string,
    types: readonly string[],
    rows: AsyncIterable<RowOutcome> | Iterable<RowOutcome>,
  ): Promise<void>;
}
