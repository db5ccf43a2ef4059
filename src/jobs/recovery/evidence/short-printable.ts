import { printable as escaped } from '../../../core/printable.js';

/** Longer names and paths are shortened in the middle. */
const MAX_SHOWN = 300;

/**
 * Makes any name safe for terminals and reports: escapes bytes that are not text and shortens long names in the middle.
 */
export function shortPrintable(text: string): string {
  const shown = escaped(text).replace(/\p{Cs}/gu, (unit) => `\\x${(unit.charCodeAt(0) & 0xff).toString(16)}`);
  if (shown.length <= MAX_SHOWN) return shown;
  return `${shown.slice(0, MAX_SHOWN / 2)}…${shown.slice(-MAX_SHOWN / 2)}`;
}
