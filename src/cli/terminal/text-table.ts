import Table from 'cli-table3';
import { printable } from '../../core/printable.js';

/** A plain table for a terminal or a log: columns aligned, no frames, control characters made harmless. */
export function textTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const bare = { head: [], border: [] };
  const none = '';
  const table = new Table({
    head: [...head],
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
  for (const row of rows) table.push(row.map((cell) => cellText(String(cell))));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

/** A cell may be of one of our colors as a whole. */
function cellText(cell: string): string {
  const [, color, text, end] = /^(\u001b\[3[123]m)([\s\S]*)(\u001b\[39m)$/.exec(cell) ?? [];
  return text === undefined ? printable(cell) : `${color}${printable(text)}${end}`;
}
