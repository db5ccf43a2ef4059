import { printable } from '../../core/printable.js';
import { fitLines } from './fit-lines.js';
import type { Style } from './style.js';
import { cellLines, columnWidths, displayWidth, fittingColumns, GAP } from './table-layout.js';

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
  const limits = columns === undefined ? [] : columnWidths(leading, columns);
  const lines = leading.map((row) =>
    row.map((text, i) => cellLines(text, limits[i] ?? Number.POSITIVE_INFINITY)),
  );
  const widths = head.slice(0, shown).map((_, i) => widest(lines, i));
  return cells
    .map((row, r) => {
      const aligned = rowText(row.slice(0, shown), lines[r] ?? [], widths);
      return r === 0 ? aligned : aligned + below(head, row, { shown, columns });
    })
    .join('');
}

/** The cells that do not fit, each with the name of its column. */
function below(
  head: readonly string[],
  row: readonly Cell[],
  { shown, columns }: { shown: number; columns: number | undefined },
): string {
  const lines: string[] = [];
  let width = Number.POSITIVE_INFINITY;
  for (const [i, { text, paint }] of row.entries()) {
    if (i < shown || text === '') continue;
    const name = printable(head[i] ?? '');
    const pair = `${name} ${paint(text)}`;
    const room = displayWidth(`, ${name} ${text}`);
    const fits = width + room <= (columns ?? Number.POSITIVE_INFINITY);
    if (fits) lines.push(`${lines.pop() ?? ''}, ${pair}`);
    else lines.push(`    ${pair}`);
    width = fits ? width + room : room + 2;
  }
  return lines.map((line) => `${fitLines(line, columns)}\n`).join('');
}

function widest(rows: readonly (readonly string[][])[], column: number): number {
  let width = 0;
  for (const row of rows) for (const line of row[column] ?? []) width = Math.max(width, displayWidth(line));
  return width;
}

/** @param lines those of each cell */
function rowText(cells: readonly Cell[], lines: readonly string[][], widths: readonly number[]): string {
  const height = lines.reduce((most, own) => Math.max(most, own.length), 0);
  let text = '';
  for (let n = 0; n < height; n += 1) {
    const parts = cells.map((cell, i) => {
      const line = lines[i]?.[n] ?? '';
      const blanks = ' '.repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(line)) + GAP);
      return `${line === '' ? '' : cell.paint(line)}${blanks}`;
    });
    text += `${parts.join('').trimEnd()}\n`;
  }
  return text;
}

/** Splits a cell into its text and the single color around it. */
function cellOf(cell: string): Cell {
  const [, color, text, end] = /^(\u001b\[3[123]m)([\s\S]*)(\u001b\[39m)$/.exec(cell) ?? [];
  if (text === undefined) return { text: printable(cell), paint: (line) => line };
  return { text: printable(text), paint: (line) => `${color}${line}${end}` };
}
