import { printable as escaped } from '../../../core/printable.js';

/** Longer names and paths are shortened in the middle. */
const MAX_SHOWN = 300;

/** A sentence about several sources needs more room, and loses its meaning without its middle. */
const MAX_SENTENCE = 4000;

/** The same for a sentence, whose names were shortened when it was written. */
export function printableSentence(text: string): string {
  return shortened(text, MAX_SENTENCE);
}

/**
 * Makes any name safe for terminals and reports: escapes bytes that are not text and shortens long names in the middle.
 */
export function shortPrintable(text: string): string {
  return shortened(text, MAX_SHOWN);
}

function shortened(text: string, limit: number): string {
  const shown = escaped(text).replace(/\p{Cs}/gu, (unit) => `\\x${(unit.charCodeAt(0) & 0xff).toString(16)}`);
  if (shown.length <= limit) return shown;
  return `${shown.slice(0, limit / 2)}…${shown.slice(-limit / 2)}`;
}
