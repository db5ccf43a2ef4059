import { decodeName as decodeBytes } from '../names.js';
import { type Columns, looksVerbose, readColumns } from './columns.js';
import type { ListingEntry, Quoting } from './entry.js';
import { plainNames, quotedNames } from './unquote.js';

/** What tar and its filters say on stderr, and an operator's `2>&1` put among the names. */
const MESSAGE = /^(?:[\w./-]*(?:tar|gzip|zstd|xz|pigz|bzip2)): .*[:'. ]/;

export interface LineOptions {
  quoting: Quoting;
  /** Whether the listing is one of `tar -tvf`; a line without columns is not an entry of such a one. */
  verbose: boolean;
}

/** Reads one line (one character per byte, no line end); undefined when it can't be read as an entry. */
export function readLine(line: string, options: LineOptions): ListingEntry | undefined {
  if (line === '' || line.includes('\0')) return undefined;
  if (!options.verbose) return MESSAGE.test(line) ? undefined : plainEntry(line, options.quoting);
  const found = readColumns(line);
  return found === undefined || found.rest === '' ? undefined : verboseEntry(found, options.quoting);
}

/** Whether a line that could not be read is a program's message, and not the rest of a name with a line end in it. */
export function isMessage(line: string): boolean {
  return MESSAGE.test(line) || looksVerbose(line);
}

function plainEntry(line: string, quoting: Quoting): ListingEntry {
  const whole = quotedNames(line, quoting)
    .filter((token) => token.end === line.length)
    .map((token) => token.name);
  const names = quoting === 'auto' || whole.length === 0 ? [...whole, ...plainNames(line, quoting)] : whole;
  const [name = line, ...alternatives] = distinct(names);
  return { name, alternatives, kind: name.endsWith('/') ? 'directory' : 'file' };
}

interface Reading {
  name: string;
  linkTarget?: string;
}

function verboseEntry(columns: Columns, quoting: Quoting): ListingEntry {
  const linkMark = linkMarkOf(columns);
  const readings =
    linkMark === undefined
      ? nameReadings(columns.rest, quoting)
      : linkReadings(columns.rest, linkMark, quoting);
  const [first = { name: columns.rest }] = readings;
  const [name = first.name, ...alternatives] = distinct(readings.map((reading) => reading.name));
  const hardlinkInDisguise = columns.kind === 'file' && linkMark !== undefined;
  return {
    name,
    alternatives,
    kind: hardlinkInDisguise ? 'hardlink' : columns.kind,
    mtime: columns.mtime,
    ...(columns.sizeBytes === undefined || columns.kind === 'device' ? {} : { sizeBytes: columns.sizeBytes }),
    ...(first.linkTarget === undefined ? {} : { linkTarget: decodeName(first.linkTarget) }),
  };
}

function linkMarkOf(columns: Columns): string | undefined {
  if (columns.kind === 'symlink') return ' -> ';
  if (columns.kind === 'hardlink') return ' link to ';
  const disguised = columns.kind === 'file' && columns.wholeSeconds && columns.sizeBytes === 0;
  return disguised && columns.rest.includes(' -> ') ? ' -> ' : undefined;
}

function nameReadings(rest: string, quoting: Quoting): Reading[] {
  const whole = quotedNames(rest, quoting).filter((token) => token.end === rest.length);
  const plain = quoting === 'auto' || whole.length === 0 ? plainNames(rest, quoting) : [];
  return [...whole.map((token) => token.name), ...plain].map((name) => ({ name }));
}

/** Every way to cut `name MARK target` apart; a quoted name ends where its quotes say. */
function linkReadings(rest: string, mark: string, quoting: Quoting): Reading[] {
  const readings: Reading[] = quotedNames(rest, quoting)
    .filter((token) => rest.startsWith(mark, token.end))
    .map((token) => ({ name: token.name, linkTarget: target(rest.slice(token.end + mark.length), quoting) }));
  if (readings.length > 0 && quoting !== 'auto') return readings;
  let cut = rest.indexOf(mark);
  // A line of nothing but marks must not become a quadratic number of names.
  for (let count = 0; cut >= 0 && count < 16; count += 1) {
    const linkTarget = target(rest.slice(cut + mark.length), quoting);
    readings.push(...plainNames(rest.slice(0, cut), quoting).map((name) => ({ name, linkTarget })));
    cut = rest.indexOf(mark, cut + 1);
  }
  return readings.length > 0 ? readings : nameReadings(rest, quoting);
}

function target(text: string, quoting: Quoting): string {
  return nameReadings(text, quoting)[0]?.name ?? text;
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names.map(decodeName))];
}

function decodeName(bytes: string): string {
  return decodeBytes(Buffer.from(bytes, 'latin1'));
}
