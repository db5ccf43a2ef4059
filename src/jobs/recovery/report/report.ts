import { resolve } from 'node:path';
import { formatDuration } from '../../../core/durations.js';
import type { ExitCode } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { counted } from '../../../core/pluralize.js';
import { formatSize } from '../../../core/sizes.js';
import { shortPrintable } from '../evidence/short-printable.js';
import { DEFAULT_PLAN } from '../plan/plan-file.js';
import type { RecoverySummary } from './summary.js';

export interface RecoveryReport {
  runId: string;
  outcome: { exitCode: ExitCode; summary: RecoverySummary };
  findings: readonly Finding[];
  findingsTotal: number;
  elapsedMs: number;
}

interface ReportStyle {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

/** What the text says of each status. */
const STATUSES = {
  to_bind: 'to bind',
  bound: 'bound',
  refused: 'refused',
  needs_review: 'for review',
  rejected: 'rejected',
  residual: 'residual',
  undecided: 'undecided',
  unrecoverable: 'unrecoverable',
  external_reference: 'elsewhere',
} as const;
const MAX_FINDINGS = 20;

/** The result for people: outcomes by type, searched sources, and next steps. */
export function recoveryReport(report: RecoveryReport, style: ReportStyle, what: 'plan' | 'apply'): string {
  const { summary } = report.outcome;
  const [count, verb] = what === 'plan' ? [summary.to_bind, 'can be bound'] : [summary.bound, 'bound'];
  const refused = summary.refused === 0 ? '' : `; ${summary.refused} refused`;
  const lines = [
    style.bold(
      `${count} of ${counted(summary.rows_considered, 'missing file')} ${verb}${refused}; ${counted(summary.needs_review, 'needs', 'need')} a decision`,
    ),
    ...typeLines(summary),
    '',
    style.bold('Searched'),
    ...summary.sources.map((source) => sourceLine(source, style)),
    style.dim(
      `  ${counted(summary.archives_searched, 'archive')} searched, ${summary.archives_streamed} read, ${formatSize(summary.bytes_fetched)} fetched, ` +
        `${formatSize(summary.bytes_recovered)} recovered, ${formatDuration(report.elapsedMs)}; run ${report.runId}`,
    ),
    ...findingLines(report, style),
    ...nextLines(summary, what),
  ];
  return `${lines.join('\n')}\n`;
}

function typeLines(summary: RecoverySummary): string[] {
  return Object.entries(summary.by_type).map(([type, counts]) => {
    const parts = Object.entries(STATUSES).flatMap(([status, words]) => {
      const count = counts[status as keyof typeof STATUSES];
      return count > 0 ? [`${count} ${words}`] : [];
    });
    return `  ${shortPrintable(type)}: ${counted(counts.rows, 'row')}, ${counts.on_disk_before} on disk before, ${counts.on_disk_after} after; ${parts.join(', ') || 'none missing'}`;
  });
}

function sourceLine(source: RecoverySummary['sources'][number], style: ReportStyle): string {
  const state = { complete: style.good, scoped: style.warn, failed: style.bad }[source.state](source.state);
  const errors = source.errors.slice(0, 3).map((error) => `\n      ${shortPrintable(error)}`);
  return `  ${shortPrintable(source.source)}: ${state}, ${counted(source.files, 'file')}, ${shortPrintable(source.scope)}${errors.join('')}`;
}

function findingLines({ findings, findingsTotal }: RecoveryReport, style: ReportStyle): string[] {
  if (findings.length === 0) return [];
  const shown = findings.slice(0, MAX_FINDINGS).map((one) => {
    const code = one.severity === 'error' ? style.bad(one.code) : style.warn(one.code);
    return `  ${code}  ${shortPrintable(one.subject)}: ${shortPrintable(one.message)}`;
  });
  const more = findingsTotal > shown.length ? [style.dim(`  and ${findingsTotal - shown.length} more`)] : [];
  return ['', style.bold('Findings'), ...shown, ...more];
}

function nextLines(summary: RecoverySummary, what: 'plan' | 'apply'): string[] {
  const file = summary.plan_file === undefined ? '' : shortPrintable(summary.plan_file);
  const plan = file === '' || isDefaultPlan(summary.plan_file) ? '' : `--plan ${file}`;
  const next = [
    what === 'plan' && summary.to_bind > 0 ? `  salvor recovery apply ${file}` : '',
    summary.needs_review > 0 ? `  salvor recovery review ${plan}` : '',
    `  salvor recovery report --format html ${plan}`,
  ].filter((line) => line !== '');
  return ['', 'Next', ...next.map((line) => line.trimEnd())];
}

/** Whether `review` and `report` use this plan by default when they run in the same directory. */
function isDefaultPlan(path: string | undefined): boolean {
  return path === resolve(DEFAULT_PLAN);
}
