import { describe, expect, it } from 'vitest';
import { styleFor } from '../../src/cli/terminal/style.js';
import {
  columnWidths,
  displayWidth,
  fittingColumns,
  shortenedPath,
} from '../../src/cli/terminal/table-layout.js';
import { textTable } from '../../src/cli/terminal/text-table.js';

const HEAD = ['code', 'subject', 'run', 'what'];
const RUN = '11111111-1111-4111-8111-111111111111';
const URL = 's3://bucket/backups/a-host-with-a-long-name/database-of-everything-2026-11-28.tar.gz';
const WHAT = 'has no listing, but was created less than one hour ago; will be checked in the next run';
const ROWS = [
  ['listing.pending', URL, RUN, WHAT],
  ['listing.missing', 's3://bucket/a.tar', RUN, 'has no listing'],
];

const linesAt = (columns: number | undefined): string[] =>
  textTable(HEAD, ROWS, styleFor(false, columns)).trimEnd().split('\n');

describe('a table', () => {
  it('has lines of any length, and shortens nothing, if there is no terminal', () => {
    const lines = linesAt(undefined);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(`listing.pending  ${URL}  ${RUN}  ${WHAT}`);
  });

  it.each([100, 132, 180])('fits a terminal of %d columns, with whole ids and whole words', (columns) => {
    const lines = linesAt(columns);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    const text = lines.join('\n');
    expect(text).toContain(RUN);
    expect(text).toMatch(/s3:\/\/[^ ]*….*\.tar\.gz/);
    // Every word of the sentence is still there, in its order.
    const column = (lines[0] ?? '').indexOf('what');
    const end = lines.findIndex((line) => line.startsWith('listing.missing'));
    const sentence = lines.slice(1, end).map((line) => line.slice(column).trim());
    expect(sentence.join(' ')).toBe(WHAT);
  });

  it('wraps words down to 80 columns, and no further in a narrower terminal', () => {
    const rows = [['1', `${'many words that wrap '.repeat(8)}end`]];
    const at = (columns: number): string[] =>
      textTable(['id', 'what'], rows, styleFor(false, columns)).trimEnd().split('\n');
    expect(Math.max(...at(80).map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(at(80).length).toBeGreaterThan(2);
    expect(at(40)).toEqual(at(80));
  });

  it('never breaks what is copied, even if it does not fit', () => {
    const rows = [[RUN, RUN, RUN]];
    expect(textTable(['a', 'b', 'c'], rows, styleFor(false, 80)).split('\n')).toEqual([
      `a${' '.repeat(37)}b`,
      `${RUN}  ${RUN}`,
      `    c ${RUN}`,
      '',
    ]);
    const url = `s3://${'x'.repeat(90)}`;
    expect(textTable([url], [[`${'x'.repeat(90)}`]], styleFor(false, 80))).toContain('x'.repeat(90));
  });

  it('shows the columns that do not fit below each row, with their names', () => {
    const table = textTable(
      ['id', 'state', 'path', 'recorded', 'found', 'size', 'last seen'],
      [
        [
          '3',
          'open',
          'figures/panel-4.svg',
          '66364e285416'.repeat(2),
          'e2e1d86c0fb5'.repeat(2),
          '67 B',
          '2026-11-28',
        ],
        ['2', 'open', 'b', 'x', '', '2.06 kB', '2026-11-27'],
      ],
      styleFor(false, 80),
    );
    expect(table.split('\n')).toEqual([
      'id  state  path                 recorded',
      '3   open   figures/panel-4.svg  66364e28541666364e285416',
      '    found e2e1d86c0fb5e2e1d86c0fb5, size 67 B, last seen 2026-11-28',
      '2   open   b                    x',
      '    size 2.06 kB, last seen 2026-11-27',
      '',
    ]);
  });

  it('colors each line of a wrapped cell, and counts no color as width', () => {
    const { bad } = styleFor(true);
    const table = textTable(
      ['what', 'id'],
      [[bad('a long failure '.repeat(8).trim()), '7']],
      styleFor(true, 80),
    );
    const lines = table.trimEnd().split('\n').slice(1);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/^\u001b\[31m.*\u001b\[39m/);
    expect(lines[0]?.trimEnd().endsWith('  7')).toBe(true);
  });

  it('counts wide characters as two columns', () => {
    expect(displayWidth('日本.csv')).toBe(8);
    expect(displayWidth('e\u0301')).toBe(1);
    const path = `/data/${'日本'.repeat(30)}/結果.csv`;
    expect(displayWidth(shortenedPath(path, 30))).toBeLessThanOrEqual(30);
    expect(shortenedPath(path, 30)).toMatch(/^\/data\/.*…日?.*\/結果\.csv$/);
  });
});

it('fits a terminal however many rows it has', () => {
  const rows = Array.from({ length: 130_000 }, (_, i) => [`row ${i}`]);
  expect([fittingColumns(rows, 80), columnWidths(rows, 80)]).toEqual([1, ['row 129999'.length]]);
});
