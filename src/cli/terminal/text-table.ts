import Table from 'cli-table3';
import { printable } from '../../core/printable.js';
import type { Style } from './style.js';
import { cellLines, columnWidths } from './table-layout.js';

/** The text of a cell, and its color. */
interface Cell {
  text: string;
  paint(line: string): string;
}

/**
 * A plain table: columns aligned, no frames, control characters made harmless. On a terminal it is as wide as that at
 * most; in a file or a pipe lines have any length, so that nothing is shortened for a program.
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  { columns }: Pick<Style, 'columns'>,
): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cellOf(String(cell))));
  const texts = cells.map((row) => row.map(({ text }) => text));
  const widths = columns === undefined ? undefined : columnWidths(texts, columns);
  const fitted = cells.map((row) =>
    row.map(({ text, paint }, i) =>
      cellLines(text, widths?.[i] ?? Number.POSITIVE_INFINITY)
        .map(paint)
        .join('\n'),
    ),
  );
  const table = bareTable(fitted[0] ?? []);
  table.push(...fitted.slice(1));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
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
