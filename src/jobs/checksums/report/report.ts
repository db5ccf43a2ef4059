import { formatDuration } from '../../../core/durations.js';
import type { Finding } from '../../../core/finding.js';
import type { JobOutcome } from '../../../core/outcome.js';
import { counted } from '../../../core/pluralize.js';
import { printable } from '../../../core/printable.js';
import { formatSize } from '../../../core/sizes.js';
import { partialText } from './partial-progress.js';
import type { BackfillSummary, Counts, ScrubSummary } from './summary.js';

/** How text is emphasized. The command line passes the terminal's styles, or plain text. */
export interface ReportStyle {
  /** Columns of the terminal; undefined if the output is a file or a pipe, and lines may have any length. */
  columns?: number | undefined;
  bad(text: string): string;
  warn(text: string): string;
  good(text: string): string;
  dim(text: string): string;
}

export interface ReportInput {
  outcome: JobOutcome<BackfillSummary | ScrubSummary>;
  findings: readonly Finding[];
  findingsTotal: number;
  /** Set if nothing was written to the registry: a dry run, or changes that went into an SQL script instead. */
  unwritten?: 'dry run' | 'script' | 'pending' | undefined;
}

/** Narrower terminals get lines for this width and break them themselves. */
const MIN_TERMINAL = 80;

/** The columns of the table, in order; columns with only zeros are left out. */
const COLUMNS: readonly [keyof Counts, string][] = [
  ['rows_scanned', 'scanned'],
  ['rows_updated', 'updated'],
  ['rows_unchanged', 'unchanged'],
  ['drift_events', 'drift'],
  ['rows_no_file', 'no file'],
  ['rows_lost', 'lost'],
  ['rows_elsewhere', 'elsewhere'],
  ['rows_pointer', 'pointer'],
  ['rows_outside_root', 'outside root'],
  ['rows_not_regular', 'not regular'],
  ['rows_unreadable', 'unreadable'],
  ['rows_unstable', 'unstable'],
  ['rows_conflict', 'conflict'],
  ['rows_bad_metadata', 'bad metadata'],
  ['rows_id_not_unique', 'id not unique'],
  ['rows_already_done', 'already done'],
  ['rows_partial', 'partly read'],
  ['rows_remaining', 'remaining'],
];

/** The text output of `checksums backfill` and `checksums verify`. */
export function checksumReport(input: ReportInput, style: ReportStyle): string {
  const { summary } = input.outcome;
  return [
    ...findingLines(input, style),
    ...table(summary, style.columns),
    '',
    ...unwrittenLine(input, style),
    `${headline(input.outcome, style)}: ${formatSize(summary.bytes_hashed)} read in ${formatDuration(summary.elapsed_ms)}${pace(summary)}`,
    ...driftLine(input, style),
    ...scrubLines(summary, style),
    ...stoppedLine(input),
    ...(summary.partial_progress === undefined ? [] : [partialText(summary.partial_progress)]),
    '',
  ].join('\n');
}

function headline(outcome: JobOutcome<BackfillSummary>, style: ReportStyle): string {
  switch (outcome.status) {
    case 'ok':
      return style.good('Done');
    case 'partial':
      return style.warn('Partly done');
    case 'findings':
      return style.bad('Done, with findings');
    default:
      return style.bad(outcome.status === 'interrupted' ? 'Interrupted' : 'Not finished');
  }
}

function pace({ bytes_hashed: bytes, elapsed_ms: ms }: BackfillSummary): string {
  return ms > 0 && bytes > 0 ? ` (${formatSize((bytes * 1000) / ms)}/s)` : '';
}

function findingLines({ findings, findingsTotal }: ReportInput, style: ReportStyle): string[] {
  const lines = findings.map((finding) => {
    const paint =
      finding.severity === 'error' ? style.bad : finding.severity === 'warning' ? style.warn : style.dim;
    return `${paint(finding.code)}  ${printable(finding.message)}`;
  });
  const hidden = findingsTotal - findings.length;
  if (hidden > 0) lines.push(style.dim(`… and ${hidden} more; use --findings FILE to get all`));
  return lines.length === 0 ? [] : [...lines, ''];
}

function table(summary: BackfillSummary, terminal: number | undefined): string[] {
  const columns = COLUMNS.filter(([key]) => key === 'rows_scanned' || summary[key] > 0);
  const rows: string[][] = [['type', ...columns.map(([, name]) => name)]];
  for (const [type, counts] of [...Object.entries(summary.by_type), ['all', summary] as const]) {
    rows.push([printable(type), ...columns.map(([key]) => String(counts[key]))]);
  }
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const width = widths.reduce((sum, one) => sum + one + 2, -2);
  if (terminal !== undefined && width > Math.max(terminal, MIN_TERMINAL)) return sideways(rows);
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
}

/** A table that is too wide for the terminal: one line per type, which can wrap; results that it does not have are left out. */
function sideways([head = [], ...rows]: readonly string[][]): string[] {
  return rows.map(([type = '', ...counts]) => {
    const named = counts.flatMap((count, i) => (count === '0' && i > 0 ? [] : [`${count} ${head[i + 1]}`]));
    return `${type}: ${named.join(', ')}`;
  });
}

function unwrittenLine({ unwritten, outcome }: ReportInput, style: ReportStyle): string[] {
  if (unwritten === undefined) return [];
  if (unwritten === 'pending') {
    const { script } = outcome.summary;
    return script === undefined
      ? []
      : [style.warn(`Changes were written to ${printable(script)} but not applied: run it with psql.`)];
  }
  return [
    style.warn(
      unwritten === 'dry run'
        ? 'Dry run: nothing was written. The counts show what a real run would do.'
        : 'Nothing was written to the registry: run the SQL script to apply all changes.',
    ),
  ];
}

function driftLine({ outcome, unwritten }: ReportInput, style: ReportStyle): string[] {
  const { drift_open: open } = outcome.summary;
  if (open === 0) return [];
  if (unwritten !== undefined && unwritten !== 'pending') {
    return [
      style.bad(
        `${counted(open, 'drift entry', 'drift entries')} would need a decision, including those already open`,
      ),
    ];
  }
  return [
    style.bad(`${counted(open, 'drift entry needs', 'drift entries need')} a decision: salvor drift list`),
  ];
}

function scrubLines(summary: BackfillSummary | ScrubSummary, style: ReportStyle): string[] {
  if (!('period_met' in summary)) return [];
  const oldest = summary.oldest_unverified_at ?? 'never';
  const lines = [`Least recently verified file: ${oldest}`];
  if (!summary.period_met) lines.push(style.warn('Not every file was read within the period.'));
  if (summary.rows_never_verified > 0) {
    lines.push(
      `${counted(summary.rows_never_verified, 'row has', 'rows have')} no digest yet; run: salvor checksums backfill`,
    );
  }
  return lines;
}

function stoppedLine({ outcome, unwritten }: ReportInput): string[] {
  const { stopped_by: by, rows_remaining: remaining } = outcome.summary;
  if (by === null) return [];
  const next = unwritten === undefined || unwritten === 'pending' ? ' Run it again to continue.' : '';
  return [`Stopped by its ${by}; ${counted(remaining, 'row remains', 'rows remain')}.${next}`];
}
