import { printable as escaped } from '../../../core/printable.js';

/** The longest name or path that is shown whole. */
const MAX_SHOWN = 300;

/** A hostile name, fit for a terminal and a report; bytes that are no text are shown, and the middle of a long one is not. */
export function shortPrintable(text: string): string {
  const shown = escaped(text).replace(/\p{Cs}/gu, (unit) => `\\x${(unit.charCodeAt(0) & 0xff).toString(16)}`);
  if (shown.length <= MAX_SHOWN) return shown;
  return `${shown.slice(0, MAX_SHOWN / 2)}…${shown.slice(-MAX_SHOWN / 2)}`;
}
