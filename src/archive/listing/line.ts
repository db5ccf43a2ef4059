import { decodeName as decodeBytes } from '../names.js';
import { looksVerbose, readColumns } from './columns.js';
import { type Dress, undress } from './dress.js';
import type { Columns, EntryKind, ListingEntry, Quoting } from './entry.js';
import { isFurniture, isProgramMessage } from './noise.js';
import { plainNames, quotedNames } from './unquote.js';

export interface LineOptions {
  quoting: Quoting;
  /** Whether its lines have columns. If so, a line without columns is not an entry. */
  verbose: boolean;
  /** What every line of a list of names has around the name. */
  dress?: Dress | undefined;
}

/** An entry; `noise` for a known line without a member; undefined for an unknown line. */
export type ReadLine = ListingEntry | 'noise' | undefined;

/**
 * Parses one line (one character per byte, without line end). Each line is parsed independently: one with columns is an
 * entry even in a list of names.
 */
export function readLine(line: string, options: LineOptions): ReadLine {
  if (line === '') return 'noise';
  if (line.includes('\0')) return undefined;
  const found = readColumns(line);
  if (found !== undefined && found.rest !== '') return verboseEntry(found, options.quoting);
  if (isProgramMessage(line)) return 'noise';
  if (options.verbose) return isFurniture(line) ? 'noise' : undefined;
  return looksVerbose(line) ? undefined : plainEntry(line, options);
}

/** Whether an unreadable line is a program's message and not the rest of a name that contains a line end. */
export function isMessage(line: string): boolean {
  return isProgramMessage(line) || looksVerbose(line) || readColumns(line) !== undefined;
}

function plainEntry(line: string, { quoting, dress }: LineOptions): ListingEntry {
  if (dress !== undefined && quoting === 'auto') return dressedEntry(line, dress);
  const whole = quotedNames(line, quoting)
    .filter((token) => token.end === line.length)
    .map((token) => token.name);
  const names = quoting === 'auto' || whole.length === 0 ? [...whole, ...plainNames(line, quoting)] : whole;
  const bare = quoting === 'auto' ? undecorated(line).flatMap((text) => plainNames(text, quoting)) : [];
  const [name = line, ...alternatives] = distinct([...names, ...bare]);
  return { name, alternatives, kind: name.endsWith('/') ? 'directory' : 'file' };
}

function dressedEntry(line: string, dress: Dress): ListingEntry {
  const inner = plainEntry(undress(line, dress), { quoting: 'auto', verbose: false });
  const outer = plainEntry(line, { quoting: 'auto', verbose: false });
  const [name = line, ...alternatives] = new Set([
    inner.name,
    ...inner.alternatives,
    outer.name,
    ...outer.alternatives,
  ]);
  return { name, alternatives, kind: name.endsWith('/') ? 'directory' : 'file' };
}

/**
 * The possible names without what programs print around them: indentation, the space that Python's tarfile prints after
 * a name, `a ` and `x ` of bsdtar -cv and -xv (Solaris adds the size), `block N: ` of tar -R, and before a path the columns of
 * other programs: a number, a digest, a bullet, `Path = `, anything up to a tab.
 */
function undecorated(line: string): string[] {
  const texts = [line.trim(), line.replace(/ $/, '')];
  const marked = /^(?:[ax] |block \d+: )(.+)$/s.exec(line)?.[1];
  if (marked !== undefined)
    texts.push(marked, marked.replace(/(?:, \d+ bytes, \d+ tape blocks?| \d+K)$/, ''));
  const path = BEFORE_PATH.exec(line)?.[1];
  if (path !== undefined) texts.push(path);
  return texts.filter((text) => text !== line && text !== '');
}

const BEFORE_PATH =
  /^(?:[^/]*\t|\s*\d{1,20}[.:)]?\s+|[-*] |[0-9a-f]{32,128} [ *]|\w[\w ]{0,20} [=:] )([^/]*\/.*)$/s;

interface Reading {
  name: string;
  linkTarget?: string;
}

const MARKS: readonly string[] = [' link to ', ' == ', ' -> '];
/** Limits the number of readings, so that a line of many marks does not produce a quadratic number of names. */
const MAX_CUTS = 64;

function verboseEntry(columns: Columns, quoting: Quoting): ListingEntry {
  const { kind, cuts } = kindAndCuts(columns);
  const link = cuts.length > 0 ? linkReadings(columns.rest, cuts, quoting) : [];
  const whole = kind === columns.kind && kind !== 'file' && kind !== 'unknown' && link.length > 0;
  const readings = whole ? link : [...link, ...nameReadings(columns.rest, quoting)];
  const [first = { name: columns.rest }] = readings;
  const [name = first.name, ...alternatives] = distinct(readings.map((reading) => reading.name));
  const hasSize = columns.sizeBytes !== undefined && kind !== 'device';
  return {
    name,
    alternatives,
    kind: kind === 'unknown' && name.endsWith('/') ? 'directory' : kind,
    mtime: columns.mtime,
    ...(hasSize ? { sizeBytes: columns.sizeBytes } : {}),
    ...(first.linkTarget === undefined ? {} : { linkTarget: decodeName(first.linkTarget) }),
  };
}

/**
 * The type of the member, and where its name may end. `h` is a hard link in any language, so each space may be the end
 * of its name. pax, cpio, and BusyBox print hard links with the mode of a file, but a file name may also look like
 * that.
 */
function kindAndCuts({ kind, rest, wholeSeconds, sizeBytes }: Columns): { kind: EntryKind; cuts: Cut[] } {
  if (kind === 'symlink') return { kind, cuts: cutsAt(rest, [' -> ', ' => ']) };
  if (kind === 'hardlink') {
    const known = cutsAt(rest, MARKS);
    return { kind, cuts: known.length > 0 ? [...known, ...cutsAt(rest, [' '])] : cutsAt(rest, [' ']) };
  }
  if (kind === 'unknown') return { kind, cuts: cutsAt(rest, MARKS) };
  if (kind !== 'file') return { kind, cuts: [] };
  const disguised = wholeSeconds === true && sizeBytes === 0;
  const cuts = cutsAt(rest, disguised ? MARKS : MARKS.slice(0, 2));
  return { kind: cuts.length > 0 ? 'hardlink' : kind, cuts };
}

interface Cut {
  at: number;
  mark: string;
}

function cutsAt(text: string, marks: readonly string[]): Cut[] {
  return marks.flatMap((mark) => {
    const cuts: Cut[] = [];
    for (let at = text.indexOf(mark); at >= 0 && cuts.length < MAX_CUTS; at = text.indexOf(mark, at + 1)) {
      if (at > 0) cuts.push({ at, mark });
    }
    return cuts;
  });
}

function nameReadings(rest: string, quoting: Quoting): Reading[] {
  const whole = quotedNames(rest, quoting).filter((token) => token.end === rest.length);
  const plain = quoting === 'auto' || whole.length === 0 ? plainNames(rest, quoting) : [];
  const spaced = quoting === 'auto' ? bare(rest) : [];
  return [...whole.map((token) => token.name), ...plain, ...spaced].map((name) => ({ name }));
}

/** Names without the space that Python's tarfile adds, or GNU tar's note about an unknown type. */
function bare(rest: string): string[] {
  const texts = [rest.trim(), rest.replace(/ unknown file type .{1,20}$/s, '')];
  return texts.filter((text) => text !== rest && text !== '').flatMap((text) => plainNames(text, 'auto'));
}

/** Every way to split `name MARK target`. A quoted name ends at its closing quote. */
function linkReadings(rest: string, cuts: readonly Cut[], quoting: Quoting): Reading[] {
  const readings: Reading[] = quotedNames(rest, quoting).flatMap((token) => {
    const cut = cuts.find(({ at }) => at === token.end);
    return cut === undefined ? [] : [{ name: token.name, linkTarget: targetAt(rest, cut, quoting) }];
  });
  if (readings.length > 0 && quoting !== 'auto') return readings;
  for (const cut of cuts) {
    const linkTarget = targetAt(rest, cut, quoting);
    readings.push(...plainNames(rest.slice(0, cut.at), quoting).map((name) => ({ name, linkTarget })));
  }
  return readings;
}

function targetAt(rest: string, { at, mark }: Cut, quoting: Quoting): string {
  const text = rest.slice(at + mark.length);
  return nameReadings(text, quoting)[0]?.name ?? text;
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names.map(decodeName))];
}

function decodeName(bytes: string): string {
  return decodeBytes(Buffer.from(bytes, 'latin1'));
}
