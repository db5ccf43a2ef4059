import type { Page } from './session.js';

/** Runs of any job, as the pages show them. */

export type RunStatus = 'running' | 'ok' | 'partial' | 'findings' | 'incomplete' | 'interrupted';

export interface RunInfo {
  id: string;
  job: string;
  scope: string;
  host: string;
  status: RunStatus;
  exit_code: number | null;
  qualifying: boolean;
  version: string;
  started_at: string;
  heartbeat_at: string;
  finished_at: string | null;
  /** Running, and no sign of life for five minutes. */
  silent: boolean;
}

export interface LiveRun extends RunInfo {
  /** Entries that the run has put into the journal so far, counted up to `changes_limit`. */
  changes: number;
  changes_limit: number;
}

export interface RunFinding {
  code: string;
  severity: 'info' | 'warning' | 'error';
  subject: string;
  message: string;
  first_seen_at: string;
  new: boolean;
  baseline: boolean;
  /** It has not ended since. */
  open: boolean;
}

export interface RunDetail extends RunInfo {
  /** Why it could not run, or not finish. */
  failures: { code: string; message: string; hint: string | null }[];
  /** What was taken back of it. */
  undone: { changes: number; at: string; by: string } | null;
  findings: Page<RunFinding>;
  options: Record<string, unknown>;
  summary: Record<string, unknown> | null;
  changes: number;
  changes_limit: number;
}
