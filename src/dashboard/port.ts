import type { ArtifactShape } from '../registry/artifacts/table-schema.js';
import type { ActionResult } from './api/session.js';

/** Where the dashboard's questions go. Every statement has a timeout, and the server refuses writes. */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
}

/** What the dashboard shows. */
export interface DashboardSource {
  /** The database of the artifacts. A statement that takes seconds is ended. */
  readonly sql: Sql;
  /** The database of journal, digests, drift and proofs: that of the artifacts, unless those are only read. */
  readonly ledgerSql: Sql;
  /** The database of runs, findings, plans and decisions, which may be another; likewise. */
  readonly stateSql: Sql;
  /** The artifacts again, for the census, which looks at every artifact once, in the background. */
  readonly censusSql: Sql;
  /** Or why the registry has no table of artifacts that can be read. */
  readonly artifacts: { shape: ArtifactShape; titleColumn: string | undefined } | { missing: string };
  /** What the watchdog says; null where nothing is expected of any job. */
  readonly watch: () => Promise<WatchReport | null>;
  /** The registry without secrets, for people. */
  readonly location: string;
}

export interface WatchReport {
  expected: number;
  /** What is not as expected, one for each. */
  red: {
    subject: string;
    message: string /** What is open, by the one query, says the same. */;
    explained: boolean;
  }[];
}

/**
 * What a person may change, by the same functions as on the command line. Those that are absent can't be done here.
 * Each is told who decided, which the journal keeps.
 * @throws Failure when it can't be done; nothing was changed then
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

/** `seen` is the newest decision about the row that the page showed, null for none; absent where it did not say. */
export type ReviewVerdict = { artifactId: string; actor: string; seen?: string | null } & (
  | { verdict: 'accept'; cid: string; note: string | null }
  | { verdict: 'reject'; cid: string | null; note: string | null }
  | { verdict: 'unrecoverable'; reason: string }
  | { verdict: 'withdraw'; note: string | null }
);
