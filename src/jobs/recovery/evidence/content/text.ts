import { endsInside, lastRowIsShort } from './endings.js';
import { cutOff, type Flaw } from './flaw.js';
import type { ContentSample } from './sample.js';

const decoder = new TextDecoder('utf-8');

function text(sample: ContentSample, bytes = 4096): string {
  return decoder.decode(sample.head.subarray(0, bytes));
}

/** Login pages, error pages and a store's XML errors, saved under the name of what was asked for. */
export function looksLikeHtml(sample: ContentSample): boolean {
  const start = text(sample)
    .replace(/^\ufeff/, '')
    .trimStart()
    .toLowerCase();
  return /^(?:<!doctype|<html|<head|<body|<\?xml|<error>|<!--)/.test(start);
}

/** CSV, TSV and their like: text with rows, of which the last is as long as the first. */
export function wrongTable(sample: ContentSample, basename: string): Flaw | undefined {
  const { head } = sample;
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (utf16) return undefined;
  if (head.includes(0)) return 'it holds NUL bytes, so it is no text';
  const control = head.subarray(0, 4096).filter((byte) => byte < 0x20 && ![9, 10, 12, 13].includes(byte));
  if (control.length > 0) return 'it holds control characters, so it is no text';
  const start = text(sample).trimStart();
  if (start === '') return 'it holds only white space';
  if (/^[{[]\s*["{[]/.test(start)) return 'it is JSON, not a table';
  return lastRowIsShort(sample, /\.csv$/i.test(basename) ? undefined : '\t')
    ? cutOff('its last row has fewer fields than its header: it was cut off')
    : undefined;
}

/** JSON: parsed where all of it is at hand, else its first and last characters must belong together. */
export function wrongJson(sample: ContentSample): Flaw | undefined {
  if (sample.head.length === sample.sizeBytes) {
    if (parseAll(sample) !== undefined) return undefined;
    return endsInside(decoder.decode(sample.head))
      ? cutOff('it stops before the end of its JSON: it was cut off')
      : 'it does not parse as JSON';
  }
  const first =
    text(sample)
      .replace(/^\ufeff/, '')
      .trimStart()[0] ?? '';
  const last = decoder.decode(sample.tail).trimEnd().at(-1);
  const closing: Record<string, string> = { '{': '}', '[': ']', '"': '"' };
  if (closing[first] === undefined) return 'it does not begin like JSON';
  return closing[first] === last ? undefined : cutOff('it does not end as it begins: it was cut off');
}

export function wrongJsonLines(sample: ContentSample): Flaw | undefined {
  const whole = sample.head.length === sample.sizeBytes;
  const lines = decoder.decode(sample.head).split('\n');
  // The last piece of a part may be cut in the middle.
  const complete = (whole ? lines : lines.slice(0, -1)).filter((line) => line.trim() !== '').slice(0, 100);
  if (complete.length === 0) return 'it holds no complete line';
  if (complete.every(parses)) return undefined;
  const last = complete.at(-1) ?? '';
  return whole && complete.slice(0, -1).every(parses) && complete.length > 1 && endsInside(last)
    ? cutOff('its last line stops before its end: it was cut off')
    : 'a line does not parse as JSON';
}

export function wrongNotebook(sample: ContentSample): Flaw | undefined {
  const wrong = wrongJson(sample);
  if (wrong !== undefined) return wrong;
  if (sample.head.length < sample.sizeBytes) {
    return /"(?:cells|worksheets)"\s*:/.test(decoder.decode(sample.head)) ? undefined : 'it has no cells';
  }
  const parsed = parseAll(sample)?.value;
  const isObject = typeof parsed === 'object' && parsed !== null;
  return isObject && ('cells' in parsed || 'worksheets' in parsed) && 'nbformat' in parsed
    ? undefined
    : 'it is JSON, but no notebook: it has no cells or no nbformat';
}

function parseAll(sample: ContentSample): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(pythonNumbers(decoder.decode(sample.head))) };
  } catch {
    return undefined;
  }
}

/** Python writes NaN and Infinity, which JSON does not have; its readers take them. */
function pythonNumbers(json: string): string {
  return json.replace(/^\ufeff/, '').replace(/([:[,]\s*)-?(?:NaN|Infinity)(?=\s*[,\]}])/g, '$10');
}

function parses(line: string): boolean {
  try {
    JSON.parse(pythonNumbers(line));
    return true;
  } catch {
    return false;
  }
}
