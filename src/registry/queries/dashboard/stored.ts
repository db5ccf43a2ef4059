import { timeText } from '../../../core/iso-time.js';
import { counted } from '../../../core/pluralize.js';

export function time(value: Date): string;
export function time(value: Date | null): string | null;
export function time(value: Date | null): string | null {
  if (value === null) return null;
  return value instanceof Date && !Number.isNaN(value.getTime()) ? timeText(value) : String(value);
}

/** Truncates a long text for display, with a note of its full length. */
export function cut(text: string, maxChars: number): string {
  return text.length <= maxChars
    ? text
    : `${text.slice(0, maxChars)}… (${counted(text.length, 'character')})`;
}

/** The numeric fields of a summary. */
export function numbersOf(summary: unknown): Record<string, number> {
  if (typeof summary !== 'object' || summary === null) return {};
  const entries = Object.entries(summary).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1]),
  );
  return Object.fromEntries(entries);
}
