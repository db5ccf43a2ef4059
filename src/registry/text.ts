/**
 * PostgreSQL's text holds any Unicode but U+0000, and no half of a surrogate pair; keys, paths and host names of the
 * world hold both. They are stored as `␛0` and `␛ud83d`, and `␛` (U+241B) itself as `␛␛`, so that every text comes
 * back as it was, a prefix stays a prefix, and all ordinary text is stored as it is.
 */
const ESCAPE = '\u241b';
const TO_ESCAPE = /[\0\u241b]|\p{Surrogate}/gu;
const ESCAPED = /\u241b(0|\u241b|u[0-9a-f]{4})/g;

export function encodeText(text: string): string {
  return text.replace(TO_ESCAPE, (char) => {
    if (char === '\0') return `${ESCAPE}0`;
    if (char === ESCAPE) return ESCAPE + ESCAPE;
    return `${ESCAPE}u${char.charCodeAt(0).toString(16)}`;
  });
}

export function decodeText(text: string): string {
  if (!text.includes(ESCAPE)) return text;
  return text.replace(ESCAPED, (_, what: string) => {
    if (what === '0') return '\0';
    return what === ESCAPE ? ESCAPE : String.fromCharCode(Number.parseInt(what.slice(1), 16));
  });
}

/** The JSON text of a value, fit for a `jsonb` column, which has the same limits in its strings. */
export function encodeJson(value: unknown): string {
  // Encoded before it is written: JSON.stringify would make escapes of it that jsonb refuses.
  return JSON.stringify(mapStrings(JSON.parse(JSON.stringify(value ?? null)), encodeText));
}

/** The value that `encodeJson` was given, from what the driver read. */
export function decodeJson(value: unknown): unknown {
  return mapStrings(value, decodeText);
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [change(key), mapStrings(item, change)]),
  );
}
