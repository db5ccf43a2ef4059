import { counted, number } from '../../../core/pluralize.js';
import { printable } from '../../../core/printable.js';
import { minuteOf, type ReportStyle, widthOf } from './report-words.js';
import type { PartitionSummary, VerifySummary } from './summary.js';

/** With more partitions than this, those without problems are only counted. */
const MAX_ROWS = 24;
const MAX_NAME = 20;
const MIN_NAME = 9;
/** A column of counts: roomy, or as narrow as its header where the terminal is. */
const ROOMY = 8;
/** The mark at the beginning, the moment at the end, and the blanks around them. */
const AROUND = '   '.length + '   2026-11-28 03:41Z'.length;

const COLUMNS = ['archives', 'present', 'missing', 'small', 'pending', 'exempt'] as const;

/** One row per partition. Partitions with problems are marked with `!` and a color. */
export function partitionTable(summary: VerifySummary, style: ReportStyle): string[] {
  const { partitions } = summary;
  if (partitions.length === 0) return [];
  const shown = partitions.length > MAX_ROWS ? partitions.filter(isBad).slice(0, MAX_ROWS) : partitions;
  const layout = layoutOf(shown, style);
  const names = 'partition'.padEnd(layout.name);
  const header = ['  ', names, ...COLUMNS.map((name, i) => name.padStart(layout.counts[i] ?? 0)), '  newest'];
  const rows = shown.map((partition) => row(partition, layout, summary.targets.length > 1, style));
  const hidden = partitions.length - shown.length;
  const rest = hidden === 0 ? [] : [style.dim(`   and ${counted(hidden, 'more partition')}`)];
  return [style.dim(header.join(' ')), ...rows.flat(), ...rest];
}

interface Layout {
  name: number;
  counts: readonly number[];
}

function layoutOf(shown: readonly PartitionSummary[], style: ReportStyle): Layout {
  const name = Math.min(MAX_NAME, Math.max(MIN_NAME, ...shown.map((one) => printable(one.name).length)));
  const roomy = COLUMNS.map(() => ROOMY);
  const left = (counts: readonly number[]): number =>
    widthOf(style) - AROUND - counts.reduce((sum, width) => sum + width + 1, 0);
  if (left(roomy) >= name) return { name, counts: roomy };
  const narrow = COLUMNS.map((header, i) =>
    Math.max(header.length, ...shown.map((one) => number(countsOf(one)[i] ?? 0).length)),
  );
  return { name: Math.max(MIN_NAME, Math.min(name, left(narrow))), counts: narrow };
}

/** In the order of the columns. */
function countsOf(one: PartitionSummary): number[] {
  return [one.archives_total, one.present, one.missing, one.too_small, one.pending, one.exempt];
}

function isBad({ state, violations }: PartitionSummary): boolean {
  return (state !== 'complete' && state !== 'part') || violations > 0;
}

function row(one: PartitionSummary, layout: Layout, withUrl: boolean, style: ReportStyle): string[] {
  const name = printable(one.name);
  const counts = countsOf(one)
    .map((value, i) => number(value).padStart(layout.counts[i] ?? 0))
    .join(' ');
  const newest = one.newest_archive_at === null ? '-' : minuteOf(one.newest_archive_at);
  const state = one.state === 'complete' || one.state === 'part' ? newest : one.state.toUpperCase();
  const long = name.length > layout.name;
  const cells = `${(long ? '' : name).padEnd(layout.name)} ${counts}   ${state}`;
  const line = isBad(one) ? style.bad(` ! ${cells}`) : `   ${cells}`;
  const above = [
    ...(withUrl ? [style.dim(`   ${printable(one.url)}`)] : []),
    ...(long ? [`   ${name}`] : []),
  ];
  return [...above, line];
}
