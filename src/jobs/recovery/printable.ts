/** The longest name or path that is shown whole. */
const MAX_SHOWN = 300;

/**
 * A hostile name, made fit for a terminal and a report: control characters, bidirectional overrides and bytes that
 * are no text become escapes, and the middle of what is too long is left out.
 */
export function printable(text: string): string {
  const escaped = text.replace(
    /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
  if (escaped.length <= MAX_SHOWN) return escaped;
  return `${escaped.slice(0, MAX_SHOWN / 2)}…${escaped.slice(-MAX_SHOWN / 2)}`;
}
