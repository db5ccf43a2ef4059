/** `salvor/report-types`: the types of the documents that commands print with `--json`. */

import type { ReportDocument } from '../core/report-document.js';

export type { Finding, Severity } from '../core/finding.js';
export type { RunStatus } from '../core/outcome.js';
export type { BackfillSummary, ScrubSummary } from '../jobs/checksums/report/summary.js';
export type { DrillSummary } from '../jobs/drill/options.js';
export type { BuildSummary } from '../jobs/indexing/build/build-summary.js';
export type { CheckSummary } from '../jobs/indexing/check/check-tally.js';
export type { VerifySummary } from '../jobs/listings/report/summary.js';
export type { ReportDocument };

/** Whether a parsed JSON value is a Salvor document. The fields of its summary depend on `command`. */
export function isReport(value: unknown): value is ReportDocument {
  return (
    typeof value === 'object' &&
    value !== null &&
    'tool' in value &&
    value.tool === 'salvor' &&
    'exit_code' in value
  );
}
