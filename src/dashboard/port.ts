import type { ArtifactShape } from '../registry/artifacts/table-schema.js';
import type { ActionResult } from './api/session.js';

/** A read-only database connection. Every statement has a timeout, and the database refuses writes. */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
}

/** The databases and the watchdog that the dashboard reads from. */
export interface DashboardSource {
  /** The database of the artifacts. Statements time out after a few seconds. */
  readonly sql: Sql;
  /** The database of journal, digests, drift and proofs. The artifacts' own, unless the registry is read-only. */
  readonly ledgerSql: Sql;
  /** The database of runs, findings, plans and decisions, which may be a different one. */
  readonly stateSql: Sql;
  /** The database of the artifacts, with a longer timeout: the census scans every artifact in the background. */
  readonly censusSql: Sql;
  /** The artifact table, or why there is none that can be read. */
  readonly artifacts: { shape: ArtifactShape; titleColumn: string | undefined } | { missing: string };
  /** Runs the watchdog; null if no job is expected. */
  readonly watch: () => Promise<WatchReport | null>;
  /** The registry URL without secrets, for display. */
  readonly location: string;
}

export interface WatchReport {
  expected: number;
  /** One entry for each job that is overdue or failing. */
  red: {
    subject: string;
    message: string;
    /** Whether the open findings already report the same problem. */
    explained: boolean;
  }[];
}

/**
 * The changes that a person can make, through the same functions as the command line. An absent action is not
 * available. Each takes the actor, which the journal records.
 * @throws Failure if the change is refused; then nothing was changed
 */
export interface DashboardActions {
  decideDrift?: (decision: {
    id: string;
    verdict: 'accept' | 'reject';
    note: string | null;
    actor: string;
  }) => Promise<ActionResult>;
  review?: (decision: ReviewVerdict) => Promise<ActionResult>;
  undo?: (what: { entry?: string; run?: string; actor: string }) => Promise<ActionResult>;
}

/** `seen` is the newest decision that the page showed for the row: null for none, absent if the client sent none. */
export type ReviewVerdict = { artifactId: string; actor: string; seen?: string | null } & (
  | { verdict: 'accept'; cid: string; note: string | null }
  | { verdict: 'reject'; cid: string | null; note: string | null }
  | { verdict: 'unrecoverable'; reason: string }
  | { verdict: 'withdraw'; note: string | null }
);
