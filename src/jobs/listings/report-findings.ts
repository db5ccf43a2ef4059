import type { Finding } from '../../core/finding.js';
import { printable } from '../../core/printable.js';
import { formatSize } from '../../core/sizes.js';
import type { VerifyReport } from './report.js';
import { count, type ReportStyle, time } from './report-words.js';

/** Fits a terminal of 100 columns; a longer subject gets a line of its own and is never cut: people copy it. */
const WIDTH = 98;

/** Every finding that is no failure (those stand above), errors first, then in the order they were found. */
export function findingLines(
  { findings, findingsTotal, outcome }: VerifyReport,
  style: ReportStyle,
): string[] {
  const failureCodes = new Set(outcome.summary.failures.map(({ code }) => code));
  const shown = findings.filter(({ code }) => !failureCodes.has(code));
  const bySeverity = (['error', 'warning', 'info'] as const).map((severity) =>
    shown.filter((finding) => finding.severity === severity),
  );
  const lines = bySeverity.flatMap((some) => some.flatMap((finding) => lineOf(finding, style)));
  const hidden = findingsTotal - findings.length;
  if (hidden > 0) {
    lines.push(style.warn(`  and ${count(hidden, 'more finding')}: all of them with --findings FILE`));
  }
  return lines.length === 0 ? [] : [style.bold('What was found'), ...lines];
}

function lineOf(finding: Finding, style: ReportStyle): string[] {
  const { code, severity, subject, message, detail = {} } = finding;
  const paint = severity === 'error' ? style.bad : severity === 'warning' ? style.warn : style.dim;
  const facts = [sizeOf(detail.size_bytes), momentOf(detail.last_modified), age(detail)].filter(
    (f) => f !== '',
  );
  const text = [printable(message), ...facts].join(', ');
  const start = `  ${code.padEnd(22)} `;
  const where = printable(subject);
  const oneLine = start.length + where.length <= WIDTH;
  const head = oneLine ? [`  ${paint(code.padEnd(22))} ${where}`] : [`  ${paint(code)}`, `    ${where}`];
  return [...head, `${' '.repeat(oneLine ? start.length : 4)}${style.dim(text)}`];
}

function age({ new: isNew, first_seen_at: since }: Record<string, unknown>): string {
  if (typeof since === 'string') return `open since ${time(since)}`;
  return isNew === true ? 'new' : '';
}

function sizeOf(value: unknown): string {
  return typeof value === 'number' ? formatSize(value) : '';
}

function momentOf(value: unknown): string {
  return typeof value === 'string' ? `of ${time(value)}` : '';
}
