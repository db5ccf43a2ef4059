import type { Finding } from '../../../core/finding.js';
import { counted } from '../../../core/pluralize.js';
import { printable } from '../../../core/printable.js';
import { formatSize } from '../../../core/sizes.js';
import { minuteOf, type ReportStyle, widthOf, wrap } from './report-words.js';
import type { VerifyReport } from './summary.js';

/** All findings except failures, which are printed above: errors first, and within a severity new ones first. */
export function openFindingLines(
  { findings, findingsTotal, outcome }: VerifyReport,
  style: ReportStyle,
): string[] {
  const failureCodes = new Set(outcome.summary.failures.map(({ code }) => code));
  const shown = findings.filter(({ code }) => !failureCodes.has(code));
  const bySeverity = (['error', 'warning', 'info'] as const).map((severity) =>
    newFirst(shown.filter((finding) => finding.severity === severity)),
  );
  const lines = bySeverity.flatMap((some) => some.flatMap((finding) => lineOf(finding, style)));
  const hidden = findingsTotal - findings.length;
  if (hidden > 0) {
    lines.push(style.warn(`  and ${counted(hidden, 'more finding')}; use --findings FILE to get all`));
  }
  return lines.length === 0 ? [] : [style.bold('Findings'), ...lines];
}

function newFirst(findings: readonly Finding[]): Finding[] {
  const isKnown = ({ detail }: Finding): boolean => detail?.new !== true;
  return [...findings.filter((finding) => !isKnown(finding)), ...findings.filter(isKnown)];
}

function lineOf(finding: Finding, style: ReportStyle): string[] {
  const { code, severity, subject, message, detail = {} } = finding;
  const paint = severity === 'error' ? style.bad : severity === 'warning' ? style.warn : style.dim;
  const object = [sizeOf(detail.size_bytes), momentOf(detail.last_modified)].filter((fact) => fact !== '');
  const about = object.length === 0 ? '' : ` (${object.join(', ')})`;
  const facts = [`${printable(message)}${about}`, age(detail)].filter((fact) => fact !== '').join(', ');
  const where = printable(subject);
  const label = `  ${code.padEnd(22)} `;
  const head =
    label.length + where.length <= widthOf(style)
      ? [`  ${paint(code.padEnd(22))} ${where}`]
      : [`  ${paint(code)}`, `    ${where}`];
  return [...head, ...wrap(facts, { first: '    ', further: '    ' }, style).map(style.dim)];
}

function age({ new: isNew, first_seen_at: since }: Record<string, unknown>): string {
  if (typeof since === 'string') return `open since ${minuteOf(since)}`;
  return isNew === true ? 'new' : '';
}

function sizeOf(value: unknown): string {
  return typeof value === 'number' ? formatSize(value) : '';
}

function momentOf(value: unknown): string {
  return typeof value === 'string' ? minuteOf(value) : '';
}
