import type { Columns } from './entry.js';

const DATE = '(?:\\d\\d-\\d\\d-\\d{4}|\\d{4}-\\d\\d-\\d\\d|\\d\\d-\\d\\d-\\d\\d)';

/** Formats without a mode. Their entries may be files or links unless they are directories. */
const TABLES: readonly { pattern: RegExp; size: number; date: number; rest: number }[] = [
  // `unzip -l`: `        2  2026-11-28 13:58   name`
  {
    pattern: new RegExp(`^ {0,20}(\\d+) {1,4}(${DATE} {1,2}\\d\\d:\\d\\d) {3}(.*)$`, 's'),
    size: 1,
    date: 2,
    rest: 3,
  },
  // `unzip -v`: `  2  Stored  2   0% 2026-11-28 13:58 ddeaa107  name`
  {
    pattern: new RegExp(
      `^ {0,20}(\\d+) {1,4}\\S{1,12} {1,20}\\d+ {1,4}-?\\d+% (${DATE} \\d\\d:\\d\\d) [0-9a-f]{8} {2}(.*)$`,
      's',
    ),
    size: 1,
    date: 2,
    rest: 3,
  },
  // `jar tv`: `     2 Sat Nov 28 13:58:58 UTC 2026 name`
  {
    pattern: /^ {0,20}(\d+) ([^ \d]{2,12} [^ ]{2,12} \d\d \d\d:\d\d:\d\d \S{1,12} \d{4}) (.*)$/s,
    size: 1,
    date: 2,
    rest: 3,
  },
  // `7z l`: `2026-11-28 13:58:59 ....A            2           17  name`; `D` marks a directory.
  {
    pattern: /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d| {19}) [.D][.RHSAI]{4} ([ \d]{12}) [ \d]{12} {2}(.*)$/s,
    size: 2,
    date: 1,
    rest: 3,
  },
];

/** Parses a line of a table printed by unzip, jar, or 7z. */
export function readTable(line: string): Columns | undefined {
  for (const { pattern, size, date, rest } of TABLES) {
    const match = pattern.exec(line);
    if (match === null) continue;
    const name = match[rest] ?? '';
    const isDirectory = name.endsWith('/') || /^.{20}D[.RHSAI]{4} /s.test(line);
    const sizeBytes = Number((match[size] ?? '').trim() || Number.NaN);
    return {
      kind: isDirectory ? 'directory' : 'unknown',
      mtime: match[date] ?? '',
      rest: name,
      ...(Number.isSafeInteger(sizeBytes) ? { sizeBytes } : {}),
    };
  }
  return undefined;
}
