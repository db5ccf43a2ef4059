import type { Page } from '../../../dashboard/api/session.js';
import { badRequest } from '../../../dashboard/security/refusal.js';

/** Rows of one page. A browser shows no more at a time, however long the queue is. */
export const PAGE_ROWS = 50;

/** Asks for one row more than is shown: whether it comes says if there is a next page. */
export const FETCH_ROWS = PAGE_ROWS + 1;

/** Cuts what was fetched down to a page; the last row that is shown makes the cursor. */
export function pageOf<Row, Shown>(
  fetched: readonly Row[],
  show: (row: Row) => Shown,
  cursorOf: (row: Row) => string,
): Page<Shown> {
  const rows = fetched.slice(0, PAGE_ROWS);
  const last = rows.at(-1);
  const next = fetched.length > PAGE_ROWS && last !== undefined ? cursorOf(last) : null;
  return { rows: rows.map(show), next };
}

/** A cursor that is the number of the last row. @throws Refusal */
export function numberCursor(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (/^\d{1,18}$/.test(text)) return text;
  throw badRequest('the cursor is not one that this server gave');
}

/** A cursor of several values, as text that fits into an address. */
export function encodeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** @throws Refusal */
export function decodeCursor(text: string | undefined, length: number): string[] | null {
  if (text === undefined || text === '') return null;
  try {
    const values: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(values) && values.length === length) return values.map(String);
  } catch {
    // Refused below, with what is no cursor of this length.
  }
  throw badRequest('the cursor is not one that this server gave');
}
