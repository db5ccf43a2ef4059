import { formatDuration } from '../../../core/durations.js';
import { counted, number } from '../../../core/pluralize.js';
import { printable } from '../../../core/printable.js';
import { formatSize } from '../../../core/sizes.js';
import { openFindingLines } from './report-findings.js';
import { headline } from './report-headline.js';
import { nextSteps } from './report-next.js';
import { partitionTable } from './report-partitions.js';
import { minuteOf, type ReportStyle, wrap } from './report-words.js';
import type { VerifyReport, VerifySummary } from './summary.js';

/** The text output, worst problems first: what is wrong, where, since when, and what to do next. */
export function reportLines(report: VerifyReport, style: ReportStyle): string[] {
  const { summary, exitCode } = report.outcome;
  const sections = [
    [...headline(summary, exitCode, style), ...scopeLines(report, style)],
    failureLines(summary, style),
    partitionTable(summary, style),
    openFindingLines(report, style),
    nextSteps(report, style),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

function scopeLines({ outcome: { summary }, elapsedMs, runId }: VerifyReport, style: ReportStyle): string[] {
  const listed = `${counted(summary.keys_scanned, 'key')} in ${counted(summary.list_requests, 'request')}`;
  const newest = summary.newest_archive_at === null ? '' : `, newest ${minuteOf(summary.newest_archive_at)}`;
  const lines = summary.targets.map(({ url }) => `  ${printable(url)}`);
  const cold = summary.archives_cold === 0 ? '' : `, ${number(summary.archives_cold)} in cold storage`;
  lines.push(
    `  ${counted(summary.archives_total, 'archive')}, ${formatSize(summary.bytes_archived)}${cold}${newest}`,
  );
  lines.push(style.dim(`  ${listed}, ${formatDuration(elapsedMs)}; run ${runId}`));
  if (summary.new !== null) {
    const { new: fresh, still, resolved } = summary;
    lines.push(
      `  violations since the last complete run: ${fresh} new, ${still} still open, ${resolved ?? 0} resolved`,
    );
  }
  return lines;
}

const INDENT = { first: '    ', further: '    ' };

function failureLines({ failures }: VerifySummary, style: ReportStyle): string[] {
  if (failures.length === 0) return [];
  return [
    style.bold('Could not be verified'),
    ...failures.flatMap(({ code, subject, message, hint }) => [
      `  ${style.bad(code)}  ${printable(subject)}`,
      ...wrap(printable(message), INDENT, style),
      ...(hint === null ? [] : wrap(`hint: ${printable(hint)}`, INDENT, style).map(style.dim)),
    ]),
  ];
}
