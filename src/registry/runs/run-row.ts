import type { RunFailure, RunRecord } from '../port.js';
import { decodeJson, decodeText } from '../text.js';

export const RUN_COLUMNS =
  'id, job, scope, host, pid, options, status, exit_code, qualifying, version, started_at, heartbeat_at, finished_at, summary, failures, ledger_scope';

/** A row of `salvor.runs`. */
export interface RunRow {
  id: string;
  job: string;
  scope: string;
  host: string;
  pid: number;
  options: Record<string, unknown>;
  status: RunRecord['status'];
  exit_code: number | null;
  qualifying: boolean;
  version: string;
  started_at: Date;
  heartbeat_at: Date;
  finished_at: Date | null;
  summary: Record<string, unknown> | null;
  failures: unknown;
  ledger_scope: string | null;
}

export function toRunRecord(row: RunRow): RunRecord {
  return {
    id: row.id,
    job: decodeText(row.job),
    scope: decodeText(row.scope),
    host: decodeText(row.host),
    options: decodeJson(row.options) as Record<string, unknown>,
    status: row.status,
    exitCode: row.exit_code,
    qualifying: row.qualifying,
    version: row.version,
    startedAt: row.started_at,
    heartbeatAt: row.heartbeat_at,
    finishedAt: row.finished_at,
    summary: row.summary === null ? null : (decodeJson(row.summary) as Record<string, unknown>),
    failures: toFailures(decodeJson(row.failures)),
    ledgerScope: decodeText(row.ledger_scope ?? row.scope),
  };
}

/** The reasons that a row of `salvor.runs` keeps, whatever is stored there. */
export function toFailures(value: unknown): RunFailure[] {
  if (!Array.isArray(value)) return [];
  return value.map(({ code, message, hint }: Record<string, unknown>) => ({
    code: String(code),
    message: String(message),
    hint: typeof hint === 'string' ? hint : null,
  }));
}
