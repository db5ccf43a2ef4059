import { formatDuration } from '../../core/durations.js';
import type { Finding } from '../../core/finding.js';
import { printable } from '../../core/printable.js';
import { formatSize } from '../../core/sizes.js';
import type { DrillSummary } from './options.js';

interface DrillReport {
  runId: string;
  outcome: { summary: DrillSummary };
  findings: readonly Finding[];
  findingsTotal: number;
  elapsedMs: number;
}

interface ReportStyle {
  bold(text: string): string;
  dim(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

const MAX_FINDINGS = 20;

/** The result for a person: what was proven, what was not, and what was left for the next drill. */
export function drillReport(report: DrillReport, style: ReportStyle): string {
  const { summary } = report.outcome;
  const shown = report.findings.slice(0, MAX_FINDINGS).map((finding) => {
    const code = finding.severity === 'error' ? style.bad(finding.code) : style.warn(finding.code);
    return `  ${code}  ${printable(finding.subject)}: ${printable(finding.message)}`;
  });
  const more = report.findingsTotal - shown.length;
  const left = summary.stopped_by === null ? [] : [`Stopped by the bound on ${summary.stopped_by}.`];
  return [
    style.bold(`${summary.proven} of ${summary.sampled} artifacts came out of the backups as recorded`),
    `  ${summary.failed} failed, ${summary.no_copy} without a copy, ${summary.too_large} too large, ${summary.cold} in cold storage; ${summary.archives_indexed} archives indexed, ${summary.archives_left_out} left out`,
    `  of ${summary.artifacts_total} artifacts ${summary.never_proven} were never proven; the oldest proof is of ${summary.oldest_proof_at ?? 'never'}`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more; use --findings FILE to get all of them`] : []),
    ...left,
    style.dim(
      `  ${formatSize(summary.bytes_restored)} restored, ${formatSize(summary.bytes_fetched)} fetched, ${formatDuration(report.elapsedMs)}; run ${report.runId}`,
    ),
    '',
  ].join('\n');
}
