import type { Columns, EntryKind } from './entry.js';
import { readTable } from './tables.js';

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
  '?': 'unknown',
};

/** The prefix that `tar -R` prints before each line. */
const BLOCK = '(?:block \\d+: )?';
const MODE = '([-dlhbcpsCDMNSVLKA?][-rwxsStTlL]{9})[+.@]?';
/** Solaris omits the type. */
const BARE_MODE = '([-r][-w][-xsSlL][-r][-w][-xsSlL][-r][-w][-xtT])';
// Limit owners: `.*?` before ` +` would take a trillion steps on a line of a million spaces.
const OWNERS = '.{0,250}?';
const SIZE = '(\\d+|\\d+, {0,8}\\d+)';
/**
 * In any language: `Apr`, `févr.`, `2月`, `Thg 2`. A line consists of bytes here, so `\s` could match half a character.
 */
const MONTH = '(?:[^ \\d]{2,40}|\\d{1,2}[^ \\d]{1,12}|[^ \\d]{2,12} \\d{1,2})';
const DAY = '\\d{1,2}';
const ISO_DATE = '\\d{4,6}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d(:\\d\\d)?(\\.\\d+)?';
const LS_DATE = `(?:${MONTH} {1,3}${DAY}|${DAY}\\.? {1,3}${MONTH}) {1,3}(?:\\d\\d:\\d\\d|\\d{4,6})`;
const C_DATE = `${MONTH} {1,3}${DAY} \\d\\d:\\d\\d(?::\\d\\d)? {1,2}\\d{4}`;

type Read = (groups: readonly string[]) => Columns | undefined;
const form = (pattern: string, read: Read) => ({ pattern: new RegExp(pattern, 's'), read });

const FORMS = [
  // GNU tar, BusyBox, Python's tarfile: `-rw-r--r-- root/staff 1234 2026-04-24 03:11 name`; owners may contain spaces.
  form(
    `^${BLOCK}${MODE} {1,40}(?:[^ ]${OWNERS} {1,40})?${SIZE} (?:[A-Z][a-z]{2}, )?(${ISO_DATE}) (.*)$`,
    ([mode, size, mtime, seconds, fraction, rest]) =>
      columns({ mode, size, mtime, rest }, seconds !== undefined && fraction === undefined),
  ),
  // zipinfo: `-rw-r--r--  3.0 unx  2 tx stor 26-Nov-28 13:58 name`; other systems have shorter modes.
  form(
    '^([-dlbcps?][-rwxsStTahls]{5,9}) +\\d\\.\\d [ \\w]{3} +(\\d+) [ -~]{2} +(?:\\d+%? +)?[ -~]{4} (\\d\\d-\\S{3,9}-\\d\\d \\d\\d:\\d\\d|\\d{8}\\.\\d{6}) (.*)$',
    ([mode, size, mtime, rest]) => columns({ mode, size, mtime, rest }),
  ),
  // Solaris and other System V tars: `-rw-r--r--  0/1  1234 Nov 20 19:26 1985 name`, or seconds and two numbers.
  form(`^${MODE} +\\d+/\\d+ +${SIZE} {1,4}(${C_DATE}) +(.*)$`, ([mode, size, mtime, rest]) =>
    columns({ mode, size, mtime, rest }),
  ),
  form(`^${BARE_MODE} +\\d+/\\d+ +${SIZE} {1,4}(${C_DATE}) +(.*)$`, ([mode, size, mtime, rest]) =>
    columns({ mode: `?${mode}`, size, mtime, rest }),
  ),
  form(
    `^${MODE} +\\d+ \\d+ +${SIZE} (${MONTH} {1,3}${DAY} \\d\\d:\\d\\d:\\d\\d \\d{4}) (.*)$`,
    ([mode, size, mtime, rest]) => columns({ mode, size, mtime, rest }),
  ),
  // star prints the size first.
  form(
    `^ *${SIZE} ${MODE} {1,4}[^ /]{1,60} {0,9}/[^ ]{1,60} {1,9}(${C_DATE}) (.*)$`,
    ([size, mode, mtime, rest]) => columns({ mode, size, mtime, rest }),
  ),
  // bsdtar, cpio, pax: `-rw-r--r--  0 root   staff    1234 Apr 24 03:11 name`, or the year instead of the time.
  form(`^${MODE} +\\d+ ${OWNERS} {1,40}${SIZE} {1,3}(${LS_DATE}) (.*)$`, ([mode, size, mtime, rest]) =>
    columns({ mode, size, mtime, rest }),
  ),
];

/**
 * Reads the columns of a line of GNU tar, bsdtar, BusyBox, Python's tarfile, cpio, pax, star, Solaris' tar, zipinfo,
 * unzip, jar or 7z; undefined when it has none of these.
 */
export function readColumns(line: string): Columns | undefined {
  const text = line.replace(/^[ \t]{1,40}(?=[-dlhbcpsCDMNSVLKA?][-rwxsStTlL]{9})/, '');
  for (const { pattern, read } of FORMS) {
    const match = pattern.exec(text);
    if (match !== null) return read(match.slice(1));
  }
  return readTable(line);
}

type Texts = Record<'mode' | 'size' | 'mtime' | 'rest', string | undefined>;

function columns({ mode, size, mtime, rest }: Texts, wholeSeconds = false): Columns | undefined {
  if (mode === undefined || size === undefined || mtime === undefined || rest === undefined) return undefined;
  const kind = KINDS[mode.charAt(0)] ?? 'other';
  const sizeBytes = Number(size);
  return {
    kind,
    mtime,
    rest,
    ...(Number.isSafeInteger(sizeBytes) ? { sizeBytes } : {}),
    ...(wholeSeconds ? { wholeSeconds } : {}),
  };
}

/** Whether a line starts like one of a verbose listing. */
export function looksVerbose(line: string): boolean {
  return /^[ \t]{0,40}(?:block \d+: )?[-dlhbcpsCDMNSVLKA?][-rwxsStTlL]{9}[+.@]? /.test(line);
}
