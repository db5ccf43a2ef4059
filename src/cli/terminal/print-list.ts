import { hostname } from 'node:os';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { printableText } from '../../core/printable.js';
import type { CommandInput } from '../command-input.js';
import { envelopeJson } from './envelope.js';
import { fitLines } from './fit-lines.js';
import { writeStdout } from './output.js';
import { openPaged } from './pager.js';
import { type Style, stdoutStyle } from './style.js';

/** Rows fetched, and printed, at a time. */
const PAGE_ROWS = 1000;

/** A list of any length, printed page by page so that it is never in memory as a whole. */
export interface ListAnswer<Row> {
  /** Its name in the summary. */
  name: string;
  /** Returns at most `limit` rows after the given one; fewer at the end of the list. */
  fetch(after: Row | undefined, limit: number): Promise<readonly Row[]>;
  /** Rows per page, if rows are large. */
  pageRows?: number;
  /** The run that the list is about, if it is about one run. */
  scope?: string;
  /** Limit on the number of rows in total. */
  limit: number;
  /** A row with the field names of `--json`. */
  json(row: Row): object;
  /** The value of `--after` that continues after this row. */
  cursor(row: Row): string;
  /** Fields of the summary after the list. */
  rest?(): Promise<object>;
  table(rows: readonly Row[], style: Style): string;
  /** The text if there are no rows. */
  none: string;
}

/** Parses a cursor that is the number of an entry. @throws Failure `usage.invalid` */
export function entryNumber(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{1,18}$/.test(text)) return text;
  throw usageFailure('usage.invalid', `--after ${JSON.stringify(text)} is not the number of an entry`);
}

/** Prints a list in the format that the flags select. With `--json`, `next` in the summary is the cursor for the next page. */
export async function printList<Row>(input: CommandInput, list: ListAnswer<Row>): Promise<ExitCode> {
  return input.flags.json ? printJson(input, list) : printText(input, list);
}

/** Pages up to the limit, and whether there is more after them. */
async function* pagesOf<Row>({
  fetch,
  limit,
  pageRows = PAGE_ROWS,
}: ListAnswer<Row>): AsyncGenerator<{ rows: readonly Row[]; more: boolean }> {
  let after: Row | undefined;
  for (let left = limit; left > 0; ) {
    const wanted = Math.min(left, pageRows);
    const found = await fetch(after, wanted + 1);
    const rows = found.slice(0, wanted);
    const more = found.length > wanted;
    if (rows.length > 0) yield { rows, more };
    if (!more) return;
    after = rows.at(-1);
    left -= rows.length;
  }
}

async function printJson<Row>(input: CommandInput, list: ListAnswer<Row>): Promise<ExitCode> {
  const now = new Date();
  const around = (rest: object): [string, string] => {
    const document = envelopeJson({
      command: input.command,
      runId: null,
      host: hostname(),
      scope: list.scope ?? '',
      startedAt: now,
      finishedAt: now,
      status: 'ok',
      exitCode: 0,
      summary: { [list.name]: [], ...rest },
      findings: [],
      findingsTotal: 0,
    });
    const opening = `"${list.name}": [`;
    const at = document.indexOf(opening, document.indexOf('"summary": {')) + opening.length;
    return [document.slice(0, at), document.slice(at)];
  };
  await writeStdout(around({})[0]);
  let last: { row: Row; more: boolean } | undefined;
  for await (const { rows, more } of pagesOf(list)) {
    const texts = rows.map((row) => `\n${JSON.stringify(list.json(row), null, 2).replace(/^/gm, '      ')}`);
    await writeStdout(`${last === undefined ? '' : ','}${texts.join(',')}`);
    const row = rows.at(-1);
    if (row !== undefined) last = { row, more };
  }
  const next = last?.more === true ? list.cursor(last.row) : null;
  await writeStdout(`${last === undefined ? '' : '\n    '}${around({ ...(await list.rest?.()), next })[1]}`);
  return 0;
}

async function printText<Row>({ flags }: CommandInput, list: ListAnswer<Row>): Promise<ExitCode> {
  const style = stdoutStyle(flags);
  const output = openPaged(flags);
  const fitted = (text: string): string => fitLines(printableText(text), style.columns);
  let printed = 0;
  let last: { row: Row; more: boolean } | undefined;
  for await (const { rows, more } of pagesOf(list)) {
    const isRead = await output.write(fitted(list.table(rows, style)));
    printed += rows.length;
    const row = rows.at(-1);
    if (row !== undefined) last = { row, more };
    if (!isRead) break;
  }
  if (last === undefined) await output.write(fitted(list.none));
  else if (last.more) {
    await output.write(`Showing the first ${printed}. To continue: --after ${list.cursor(last.row)}\n`);
  }
  await output.end();
  return 0;
}
