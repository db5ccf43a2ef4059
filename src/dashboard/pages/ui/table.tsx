import type { ComponentChildren } from 'preact';
import { Term } from './term.js';

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ComponentChildren;
  /** Right-aligned. */
  number?: boolean;
  /** The column that identifies the row; on a narrow screen the title of its card. */
  main?: boolean;
  /** Takes the remaining width. */
  wide?: boolean;
  /** Whether the head is for screen readers only. */
  hiddenHead?: boolean;
  /** On a narrow screen, next to the title of the card. */
  corner?: boolean;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** A CSS class for the row, such as `bad`. */
  toneOf?: (row: Row) => string | undefined;
  /** Stays a table on a narrow screen, for a few short numbers. */
  compact?: boolean;
}

/** A table; on a narrow screen, a card per row with the heads as labels. */
export function Table<Row>({ caption, columns, rows, keyOf, toneOf, compact = false }: Props<Row>) {
  return (
    <div class="table-frame">
      <table class={compact ? 'compact' : 'cards'}>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.head} scope="col" class={classOf(column)}>
                {column.hiddenHead ? (
                  <span class="visually-hidden">{column.head}</span>
                ) : (
                  <Term text={column.head} />
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} class={toneOf?.(row)}>
              {columns.map((column) => (
                <td
                  key={column.head}
                  class={classOf(column)}
                  data-head={column.hiddenHead ? '' : column.head}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf<Row>({ number, main, wide, corner }: Column<Row>): string {
  return [number && 'number', main && 'main', wide && 'wide', corner && 'corner'].filter(Boolean).join(' ');
}
