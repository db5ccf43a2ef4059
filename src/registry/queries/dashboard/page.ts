import type { Page } from '../../../dashboard/api/session.js';
import { badRequest } from '../../../dashboard/security/refusal.js';

/** Rows per page. */
export const PAGE_ROWS = 50;

/** One row more than is shown, to find out whether there is a next page. */
export const FETCH_ROWS = PAGE_ROWS + 1;

/** Makes a page of the fetched rows. The last shown row becomes the cursor. */
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

/** Parses a cursor that is the number of the last row. @throws Refusal */
export function numberCursor(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (/^\d{1,18}$/.test(text)) return text;
  throw badRequest('invalid page cursor');
}

/** Encodes a cursor of several values for a URL. */
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
    // Refused below, like a cursor of another length.
  }
  throw badRequest('invalid page cursor');
}
