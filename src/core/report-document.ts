import type { ExitCode } from './failure.js';
import type { Finding } from './finding.js';
import type { RunStatus } from './outcome.js';

/** The document that every command prints with `--json`. Its field names are part of the contract. */
export interface ReportDocument<Summary = object> {
  tool: 'salvor';
  version: string;
  command: string;
  run_id: string | null;
  host: string;
  scope: string;
  /** RFC 3339, UTC. */
  started_at: string;
  finished_at: string;
  status: RunStatus;
  exit_code: ExitCode;
  error?: { code: string; message: string; hint: string | null };
  summary: Summary;
  findings: readonly Finding[];
  findings_total: number;
  findings_truncated: boolean;
}
