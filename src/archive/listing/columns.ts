import type { EntryKind } from './entry.js';

/** The columns before the name in a verbose line. */
export interface Columns {
  kind: EntryKind;
  sizeBytes?: number;
  mtime: string;
  /** The line after its date, exactly one space taken off: a name may begin with spaces. */
  rest: string;
  /** BusyBox prints hard links like symbolic ones, under the mode of a file: seconds but never a fraction. */
  wholeSeconds: boolean;
}

const KINDS: Readonly<Record<string, EntryKind>> = {
  '-': 'file',
  C: 'file',
  d: 'directory',
  h: 'hardlink',
  l: 'symlink',
  b: 'device',
  c: 'device',
  p: 'fifo',
  s: 'socket',
};

const MODE = '([-dlhbcpsCDMNSVLKA?][-rwxsStTlL]{9})[+.@]?';
// Owners are bounded: with `.*?` before ` +`, a line of a million spaces would take a trillion steps.
/** GNU tar and BusyBox: `-rw-r--r-- root/staff 1234 2026-04-24 03:11 name`; owners may hold spaces. */
const GNU = new RegExp(
  `^(?:block \\d+: )?${MODE} +[^/]{0,100}/.{0,150}? {1,40}(\\d+|\\d+,\\d+) (\\d{4,6}-\\d\\d-\\d\\d \\d\\d:\\d\\d(:\\d\\d)?(\\.\\d+)?) (.*)$`,
  's',
);
/** bsdtar: `-rw-r--r--  0 root   staff    1234 Apr 24 03:11 name`, or the year in place of the time. */
const BSD = new RegExp(
  `^${MODE} +\\d+ .{0,250}? {1,40}(\\d+|\\d+,\\d+) ((?:[^\\s\\d]{2,12} +\\d{1,2}|\\d{1,2} +[^\\s\\d]{2,12}) +(?:\\d\\d:\\d\\d|\\d{4,6})) (.*)$`,
  's',
);

/** Reads the columns of a verbose line of GNU tar, bsdtar or BusyBox; undefined when it is none. */
export function readColumns(line: string): Columns | undefined {
  const gnu = GNU.exec(line);
  if (gnu !== null) {
    return columns(gnu[1], gnu[2], gnu[3], gnu[6], gnu[4] !== undefined && gnu[5] === undefined);
  }
  const bsd = BSD.exec(line);
  return bsd === null ? undefined : columns(bsd[1], bsd[2], bsd[3], bsd[4], false);
}

function columns(
  mode: string | undefined,
  size: string | undefined,
  mtime: string | undefined,
  rest: string | undefined,
  wholeSeconds: boolean,
): Columns | undefined {
  if (mode === undefined || size === undefined || mtime === undefined || rest === undefined) return undefined;
  const kind = KINDS[mode.charAt(0)] ?? 'other';
  const base: Columns = { kind, mtime, rest, wholeSeconds };
  const sizeBytes = Number(size);
  return Number.isSafeInteger(sizeBytes) ? { ...base, sizeBytes } : base;
}

/** Whether a line begins like a verbose one; what tells a verbose listing from a plain one. */
export function looksVerbose(line: string): boolean {
  return /^(?:block \d+: )?[-dlhbcpsCDMNSVLKA?][-rwxsStTlL]{9}[+.@]? /.test(line);
}
