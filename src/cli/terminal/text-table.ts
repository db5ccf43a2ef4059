import Table from 'cli-table3';
import { printable } from '../../core/printable.js';
import { fitLines } from './fit-lines.js';
import type { Style } from './style.js';
import { cellLines, columnWidths, displayWidth, fittingColumns } from './table-layout.js';

/** The text of a cell, and its color. */
interface Cell {
  text: string;
  paint(line: string): string;
}

/**
 * A plain table: columns aligned, no frames, control characters made harmless. On a terminal it is as wide as that at
 * most: the columns that do not fit follow below each row, with their names. In a file or a pipe lines have any length,
 * so that nothing is shortened for a program.
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  { columns }: Pick<Style, 'columns'>,
): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cellOf(String(cell))));
  const texts = cells.map((row) => row.map(({ text }) => text));
  const shown = columns === undefined ? head.length : fittingColumns(texts, columns);
  const leading = texts.map((row) => row.slice(0, shown));
  const widths = columns === undefined ? undefined : columnWidths(leading, columns);
  const fitted = cells.map((row) =>
    row
      .slice(0, shown)
      .map(({ text, paint }, i) => cellLines(text, widths?.[i] ?? Number.POSITIVE_INFINITY).map(paint)),
  );
  const lines = alignedLines(fitted);
  const blocks = cells.flatMap((row, i) => [
    ...(lines[i] ?? []),
    ...(i === 0 || shown === head.length ? [] : below(head, row, { shown, columns })),
  ]);
  return `${blocks.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** The lines of each row. */
function alignedLines(rows: readonly string[][][]): string[][] {
  const table = bareTable((rows[0] ?? []).map((lines) => lines.join('\n')));
  table.push(...rows.slice(1).map((row) => row.map((lines) => lines.join('\n'))));
  const lines = table.toString().split('\n');
  let at = 0;
  return rows.map((row) => {
    const from = at;
    at += Math.max(1, ...row.map((cell) => cell.length));
    return lines.slice(from, at);
  });
}

/** The cells that do not fit, each with the name of its column. */
function below(
  head: readonly string[],
  row: readonly Cell[],
  { shown, columns }: { shown: number; columns: number | undefined },
): string[] {
  const named = row.flatMap(({ text, paint }, i) =>
    i < shown || text === '' ? [] : [{ name: printable(head[i] ?? ''), text, paint }],
  );
  const lines: string[] = [];
  let width = Number.POSITIVE_INFINITY;
  for (const { name, text, paint } of named) {
    const pair = `${name} ${paint(text)}`;
    const room = displayWidth(`, ${name} ${text}`);
    const fits = width + room <= (columns ?? Number.POSITIVE_INFINITY);
    if (fits) lines.push(`${lines.pop() ?? ''}, ${pair}`);
    else lines.push(`    ${pair}`);
    width = fits ? width + room : room + 2;
  }
  return lines.flatMap((line) => fitLines(line, columns).split('\n'));
}

function bareTable(head: string[]): Table.Table {
  const bare = { head: [], border: [] };
  const none = '';
  return new Table({
    head,
    style: { ...bare, 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
}

/** Splits a cell into its text and the single color around it. */
function cellOf(cell: string): Cell {
  const [, color, text, end] = /^(\u001b\[3[123]m)([\s\S]*)(\u001b\[39m)$/.exec(cell) ?? [];
  if (text === undefined) return { text: printable(cell), paint: (line) => line };
  return { text: printable(text), paint: (line) => `${color}${line}${end}` };
}
