import { formatDuration } from '../../core/durations.js';
import type { Finding } from '../../core/finding.js';
import { counted } from '../../core/pluralize.js';
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

/** The result for people: what was proven, what was not, and what is left for the next drill. */
export function drillReport(report: DrillReport, style: ReportStyle): string {
  const { summary } = report.outcome;
  const shown = report.findings.slice(0, MAX_FINDINGS).map((finding) => {
    const code = finding.severity === 'error' ? style.bad(finding.code) : style.warn(finding.code);
    return `  ${code}  ${printable(finding.subject)}: ${printable(finding.message)}`;
  });
  const more = report.findingsTotal - shown.length;
  const left = summary.stopped_by === null ? [] : [`Stopped at the ${summary.stopped_by} limit.`];
  return [
    style.bold(
      `${summary.proven} of ${counted(summary.sampled, 'artifact')} restored from backups with the recorded content`,
    ),
    `  ${summary.failed} failed, ${summary.no_copy} without a copy, ${summary.too_large} too large, ${summary.in_parts} restored in part, ${summary.cold} in cold storage; ${counted(summary.archives_indexed, 'archive')} indexed, ${summary.archives_left_out} skipped`,
    `  ${summary.never_proven} of ${counted(summary.artifacts_total, 'artifact')} never proven; oldest proof: ${summary.oldest_proof_at ?? 'none'}`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more; use --findings FILE to get all of them`] : []),
    ...left,
    style.dim(
      `  ${formatSize(summary.bytes_restored)} restored, ${formatSize(summary.bytes_fetched)} fetched, ${formatDuration(report.elapsedMs)}; run ${report.runId}`,
    ),
    '',
  ].join('\n');
}
