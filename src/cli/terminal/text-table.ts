import { printable } from '../../core/printable.js';
import type { Style } from './style.js';
import { cellLines, columnWidths, displayWidth, GAP } from './table-layout.js';

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
  const limits = columns === undefined ? [] : columnWidths(texts, columns);
  const lines = texts.map((row) =>
    row.map((text, i) => cellLines(text, limits[i] ?? Number.POSITIVE_INFINITY)),
  );
  const widths = head.map((_, i) => widest(lines, i));
  return cells.map((row, r) => rowText(row, lines[r] ?? [], widths)).join('');
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
