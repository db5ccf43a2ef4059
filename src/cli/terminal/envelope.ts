import { hostname } from 'node:os';
import type { ExitCode, Failure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { timeText } from '../../core/iso-time.js';
import type { RunStatus } from '../../core/outcome.js';
import type { ReportDocument } from '../../core/report-document.js';
import { version } from '../version.js';
import { jsonPieces } from './json-pieces.js';
import { errorJson, writeStdout } from './output.js';

/** The one document that `--json` prints. */
export interface Envelope {
  command: string;
  runId: string | null;
  host: string;
  scope: string;
  startedAt: Date;
  finishedAt: Date;
  status: RunStatus;
  exitCode: ExitCode;
  summary: object;
  findings: readonly Finding[];
  findingsTotal: number;
  error?: { code: string; message: string; hint?: string | undefined };
}

/** Writes the document to stdout. @throws Failure `output.failed` if stdout was closed */
export async function writeEnvelope(e: Envelope): Promise<void> {
  for (const piece of jsonPieces(documentOf(e))) await writeStdout(piece);
  await writeStdout('\n');
}

/** The text of a document that is known to be short. */
export function envelopeJson(e: Envelope): string {
  return `${JSON.stringify(documentOf(e), null, 2)}\n`;
}

function documentOf(e: Envelope): ReportDocument {
  return {
    tool: 'salvor',
    version,
    command: e.command,
    run_id: e.runId,
    host: e.host,
    scope: e.scope,
    started_at: timeText(e.startedAt),
    finished_at: timeText(e.finishedAt),
    status: e.status,
    exit_code: e.exitCode,
    ...(e.error === undefined ? {} : { error: errorJson(e.error) }),
    summary: e.summary,
    findings: e.findings,
    findings_total: e.findingsTotal,
    findings_truncated: e.findingsTotal > e.findings.length,
  };
}

/** The same document for a command that could not start. */
export function errorEnvelope(command: string, failure: Failure): string {
  const now = new Date();
  return envelopeJson({
    command,
    runId: null,
    host: hostname(),
    scope: '',
    startedAt: now,
    finishedAt: now,
    status: 'incomplete',
    exitCode: failure.exitCode,
    summary: {},
    findings: [],
    findingsTotal: 0,
    error: failure,
  });
}
