import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  number?: boolean;
  /** The first thing that is read of a row; on a narrow screen its title. */
  main?: boolean;
  /** May take what is left of the width. */
  wide?: boolean;
  /** For screen readers only. */
  hiddenHead?: boolean;
  /** On a narrow screen beside the title of the card. */
  corner?: boolean;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** What is the matter with a row, as a class. */
  toneOf?: (row: Row) => string | undefined;
  /** A few short numbers: stays a table on a narrow screen. */
  compact?: boolean;
}

/** A table, and on a narrow screen a card for each row, with the heads before the values. */
export function Table<Row>({ caption, columns, rows, keyOf, toneOf, compact = false }: Props<Row>) {
  return (
    <div class="table-frame">
      <table class={compact ? 'compact' : 'cards'}>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.head} scope="col" class={classOf(column)}>
                {column.hiddenHead ? <span class="visually-hidden">{column.head}</span> : column.head}
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
