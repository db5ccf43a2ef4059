/**
 * Text that came from outside, fit for a terminal: control characters, and those that turn the direction of writing
 * round, are written as escapes, so that a key can't move the cursor, colour what follows, or look like another one.
 */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A line break, or one of the colours that reports are written in: see `cli/style.ts`. */
const OWN = /(\n|\u001b\[(?:1|2|22|31|32|33|39)m)/;

/** The same for a whole text of ours, which keeps its lines and colours. */
export function printableText(text: string): string {
  return text
    .split(OWN)
    .map((part, i) => (i % 2 === 0 ? printable(part) : part))
    .join('');
}
