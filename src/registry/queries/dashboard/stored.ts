import { timeText } from '../../../core/iso-time.js';
/** What the tables give, as the pages take it. */

export function time(value: Date): string;
export function time(value: Date | null): string | null;
export function time(value: Date | null): string | null {
  if (value === null) return null;
  return value instanceof Date && !Number.isNaN(value.getTime()) ? timeText(value) : String(value);
}

/** A text of any length, cut to what a page can show; it says so where it was cut. */
export function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}… (${text.length} characters)`;
}

/** The plain numbers of a summary. */
export function numbersOf(summary: unknown): Record<string, number> {
  if (typeof summary !== 'object' || summary === null) return {};
  const entries = Object.entries(summary).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1]),
  );
  return Object.fromEntries(entries);
}
