/**
 * Makes untrusted text safe for a terminal: control characters, and characters that change the writing direction, are
 * escaped, so that a key cannot move the cursor, change colors, or look like another key.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A line break, or one of the colors that reports use: see `cli/terminal/style.ts`. */
const OWN = /(\n|\u001b\[(?:1|2|22|31|32|33|39)m)/;

/** Like `printable`, for a complete report: keeps line breaks and the colors of reports. */
export function printableText(text: string): string {
  return text
    .split(OWN)
    .map((part, i) => (i % 2 === 0 ? printable(part) : part))
    .join('');
}
