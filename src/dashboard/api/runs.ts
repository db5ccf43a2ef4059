import type { Page } from './session.js';

/** Runs of any job. */

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
  /** Running, but without a heartbeat for five minutes. */
  silent: boolean;
}

export interface LiveRun extends RunInfo {
  /** Journal entries written by the run so far, counted up to `changes_limit`. */
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
  /** Whether the finding is still open. */
  open: boolean;
}

export interface RunDetail extends RunInfo {
  /** Why the run could not start or finish. */
  failures: { code: string; message: string; hint: string | null }[];
  /** How many of its changes were undone. */
  undone: { changes: number; at: string; by: string } | null;
  findings: Page<RunFinding>;
  options: Record<string, unknown>;
  summary: Record<string, unknown> | null;
  changes: number;
  changes_limit: number;
}
