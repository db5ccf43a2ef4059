import { printable } from '../../../core/printable.js';
import { minuteOf, number, type ReportStyle } from './report-words.js';
import type { PartitionSummary, VerifySummary } from './summary.js';

/** With more partitions than this, those without problems are only counted. */
const MAX_ROWS = 24;
const MAX_NAME = 20;

const COLUMNS = ['archives', 'present', 'missing', 'small', 'pending', 'exempt'] as const;

/** One row per partition. Partitions with problems are marked with `!` and a color. */
export function partitionTable(summary: VerifySummary, style: ReportStyle): string[] {
  const { partitions } = summary;
  if (partitions.length === 0) return [];
  const shown = partitions.length > MAX_ROWS ? partitions.filter(isBad).slice(0, MAX_ROWS) : partitions;
  const names = nameColumn(shown);
  const header = ['  ', 'partition'.padEnd(names), ...COLUMNS.map((c) => c.padStart(8)), '  newest'].join(
    ' ',
  );
  const rows = shown.map((partition) => row(partition, names, summary.targets.length > 1, style));
  const hidden = partitions.length - shown.length;
  const rest = hidden === 0 ? [] : [style.dim(`   and ${number(hidden)} more partitions`)];
  return [style.dim(header), ...rows.flat(), ...rest];
}

function nameColumn(shown: readonly PartitionSummary[]): number {
  return Math.min(MAX_NAME, Math.max(9, ...shown.map(({ name }) => printable(name).length)));
}

function isBad({ state, violations }: PartitionSummary): boolean {
  return (state !== 'complete' && state !== 'part') || violations > 0;
}

function row(one: PartitionSummary, names: number, withUrl: boolean, style: ReportStyle): string[] {
  const name = printable(one.name);
  const counts = [one.archives_total, one.present, one.missing, one.too_small, one.pending, one.exempt]
    .map((value) => number(value).padStart(8))
    .join(' ');
  const newest = one.newest_archive_at === null ? '-' : minuteOf(one.newest_archive_at);
  const state = one.state === 'complete' || one.state === 'part' ? newest : one.state.toUpperCase();
  const long = name.length > names;
  const cells = `${(long ? '' : name).padEnd(names)} ${counts}   ${state}`;
  const line = isBad(one) ? style.bad(` ! ${cells}`) : `   ${cells}`;
  const above = [
    ...(withUrl ? [style.dim(`   ${printable(one.url)}`)] : []),
    ...(long ? [`   ${name}`] : []),
  ];
  return [...above, line];
}
