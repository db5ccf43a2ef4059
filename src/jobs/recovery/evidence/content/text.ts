import { endsInside, lastRowIsShort } from './endings.js';
import { cutOff, type Flaw } from './flaw.js';
import type { ContentSample } from './sample.js';

const decoder = new TextDecoder('utf-8');

function text(sample: ContentSample, bytes = 4096): string {
  return decoder.decode(sample.head.subarray(0, bytes));
}

/** Login pages, error pages, and XML errors of a store that were saved under the name of the requested file. */
export function looksLikeHtml(sample: ContentSample): boolean {
  const start = text(sample)
    .replace(/^\ufeff/, '')
    .trimStart()
    .toLowerCase();
  return /^(?:<!doctype|<html|<head|<body|<\?xml|<error>|<!--)/.test(start);
}

/** CSV, TSV, and similar: text in rows, the last of which is as long as the first. */
export function wrongTable(sample: ContentSample, basename: string): Flaw | undefined {
  const { head } = sample;
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (utf16) return undefined;
  if (head.includes(0)) return 'it is not text: it contains NUL bytes';
  const control = head.subarray(0, 4096).filter((byte) => byte < 0x20 && ![9, 10, 12, 13].includes(byte));
  if (control.length > 0) return 'it is not text: it contains control characters';
  const start = text(sample).trimStart();
  if (start === '') return 'it contains only white space';
  if (/^[{[]\s*["{[]/.test(start)) return 'it is JSON, not a table';
  return lastRowIsShort(sample, /\.csv$/i.test(basename) ? undefined : '\t')
    ? cutOff('it is truncated: its last row has fewer fields than its header')
    : undefined;
}

/** JSON: parsed if it was sampled completely; otherwise its first and last characters must match. */
export function wrongJson(sample: ContentSample): Flaw | undefined {
  if (sample.head.length === sample.sizeBytes) {
    if (parseAll(sample) !== undefined) return undefined;
    return endsInside(decoder.decode(sample.head))
      ? cutOff('it is truncated: its JSON is incomplete')
      : 'it is not valid JSON';
  }
  const first =
    text(sample)
      .replace(/^\ufeff/, '')
      .trimStart()[0] ?? '';
  const last = decoder.decode(sample.tail).trimEnd().at(-1);
  const closing: Record<string, string> = { '{': '}', '[': ']', '"': '"' };
  if (closing[first] === undefined) return 'it does not start like JSON';
  return closing[first] === last
    ? undefined
    : cutOff('it is truncated: its last bracket does not match its first');
}

export function wrongJsonLines(sample: ContentSample): Flaw | undefined {
  const whole = sample.head.length === sample.sizeBytes;
  const lines = decoder.decode(sample.head).split('\n');
  // A sample may end in the middle of a line.
  const complete = (whole ? lines : lines.slice(0, -1)).filter((line) => line.trim() !== '').slice(0, 100);
  if (complete.length === 0) return 'it has no complete line';
  if (complete.every(parses)) return undefined;
  const last = complete.at(-1) ?? '';
  return whole && complete.slice(0, -1).every(parses) && complete.length > 1 && endsInside(last)
    ? cutOff('it is truncated: its last line is incomplete')
    : 'one of its lines is not valid JSON';
}

export function wrongNotebook(sample: ContentSample): Flaw | undefined {
  const wrong = wrongJson(sample);
  if (wrong !== undefined) return wrong;
  if (sample.head.length < sample.sizeBytes) {
    return /"(?:cells|worksheets)"\s*:/.test(decoder.decode(sample.head))
      ? undefined
      : 'it has no notebook cells';
  }
  const parsed = parseAll(sample)?.value;
  const isObject = typeof parsed === 'object' && parsed !== null;
  return isObject && ('cells' in parsed || 'worksheets' in parsed) && 'nbformat' in parsed
    ? undefined
    : 'it is JSON but not a notebook: "cells" or "nbformat" is missing';
}

function parseAll(sample: ContentSample): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(pythonNumbers(decoder.decode(sample.head))) };
  } catch {
    return undefined;
  }
}

/** Python writes and reads NaN and Infinity, which standard JSON does not allow. */
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
