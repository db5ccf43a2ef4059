import { counted } from '../../../core/pluralize.js';
import { printable } from '../../../core/printable.js';
import type { Preview } from './preview.js';

const MAX_LINES = 60;
const MAX_LINE_CHARS = 400;
const HEX_BYTES = 256;
const CONTEXT_LINES = 3;

/** Whether bytes are UTF-8 text: no NUL and no invalid sequence, except one that is cut at the end. */
function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** The beginning of a content for a terminal: its lines, escaped and shortened, or its first bytes in hex. */
export function contentLines({ bytes, isWhole }: Preview): string[] {
  if (bytes.length === 0) return ['(empty)'];
  if (!isText(bytes)) return hexLines(bytes);
  const lines = linesOf(bytes);
  const shown = lines.slice(0, MAX_LINES).map(shownLine);
  return lines.length > MAX_LINES || !isWhole ? [...shown, '…'] : shown;
}

/**
 * A diff of the beginnings of two contents: lines prefixed with `-`, `+`, or a space. Common lines at both ends are
 * omitted, except for a few lines of context.
 */
export function differenceLines(one: Preview, other: Preview): string[] {
  if (one.bytes.equals(other.bytes)) {
    return one.isWhole && other.isWhole
      ? ['The contents are identical.']
      : ['The parts that were read are identical.'];
  }
  if (!isText(one.bytes) || !isText(other.bytes)) return [binaryDifference(one, other)];
  const [a, b] = [linesOf(one.bytes), linesOf(other.bytes)];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1;
  let end = 0;
  // Ends are compared only if both contents were read completely.
  const canCompareEnds = one.isWhole && other.isWhole;
  while (canCompareEnds && end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end))
    end += 1;
  const marked = (mark: string, lines: readonly string[]): string[] => {
    const shown = lines.slice(0, MAX_LINES).map((line) => `${mark} ${shownLine(line)}`);
    return lines.length > MAX_LINES
      ? [...shown, `${mark} … ${counted(lines.length - MAX_LINES, 'more line')}`]
      : shown;
  };
  return [
    `@@ from line ${start + 1}`,
    ...marked(' ', a.slice(Math.max(0, start - CONTEXT_LINES), start)),
    ...marked('-', a.slice(start, a.length - end)),
    ...marked('+', b.slice(start, b.length - end)),
    ...marked(' ', a.slice(a.length - end, a.length - end + CONTEXT_LINES)),
  ];
}

function binaryDifference(one: Preview, other: Preview): string {
  const length = Math.min(one.bytes.length, other.bytes.length);
  let at = 0;
  while (at < length && one.bytes[at] === other.bytes[at]) at += 1;
  return `Binary contents differ from byte ${at} on.`;
}

function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function shownLine(line: string): string {
  const text = printable(line.replace(/\r$/, '').replaceAll('\t', '    '));
  return text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)}…` : text;
}

function hexLines(bytes: Buffer): string[] {
  const shown = bytes.subarray(0, HEX_BYTES);
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += 16) {
    const row = shown.subarray(at, at + 16);
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  return bytes.length > HEX_BYTES ? [...lines, '…'] : lines;
}
