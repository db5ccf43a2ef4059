import { Buffer } from 'node:buffer';
import { encodeName } from '../names.js';
import type { TarMember } from './member.js';
import { utcMinute } from './time.js';

/** GNU tar's `ugswidth`: owner, group, and size share a column of at least this width. */
const OWNER_AND_SIZE_WIDTH = 19;

/**
 * Formats lines like `tar -tvf` of GNU tar, in a UTF-8 locale and the time zone of this process. As in tar, the width
 * of the owner column grows with the widest entry so far, so use one instance per archive.
 */
export class ListingLines {
  /** The width so far. */
  width: number;

  /** @param width that of the lines before, if others were formatted elsewhere */
  constructor(width: number = OWNER_AND_SIZE_WIDTH) {
    this.width = width;
  }

  /** The member's line, without a newline. */
  line(member: TarMember): string {
    const owner = member.uname === '' ? String(member.uid) : member.uname;
    const group = member.gname === '' ? String(member.gid) : member.gname;
    const size = sizeColumn(member);
    const taken = Buffer.byteLength(owner) + Buffer.byteLength(group) + size.length + 2;
    this.width = Math.max(this.width, taken);
    const padding = ' '.repeat(this.width - taken);
    const { mtimeSeconds } = member;
    return `${modeColumn(member)} ${owner}/${group} ${padding}${size} ${timeColumn(mtimeSeconds)} ${quoteMemberName(member.name)}${suffix(member)}`;
  }
}

const TYPE_LETTERS: Readonly<Record<string, string>> = {
  '0': '-',
  S: '-',
  '1': 'h',
  '2': 'l',
  '3': 'c',
  '4': 'b',
  '5': 'd',
  D: 'd',
  '6': 'p',
  '7': 'C',
  V: 'V',
  M: 'M',
};

function modeColumn(member: TarMember): string {
  const letter = TYPE_LETTERS[member.type] ?? '?';
  return (letter === '-' && member.name.endsWith('/') ? 'd' : letter) + permissions(member.mode);
}

function permissions(mode: number): string {
  const bit = (mask: number, letter: string): string => ((mode & mask) === 0 ? '-' : letter);
  const special = (execute: number, mask: number, both: string, only: string): string => {
    if ((mode & mask) === 0) return bit(execute, 'x');
    return (mode & execute) === 0 ? only : both;
  };
  return [
    bit(0o400, 'r'),
    bit(0o200, 'w'),
    special(0o100, 0o4000, 's', 'S'),
    bit(0o040, 'r'),
    bit(0o020, 'w'),
    special(0o010, 0o2000, 's', 'S'),
    bit(0o004, 'r'),
    bit(0o002, 'w'),
    special(0o001, 0o1000, 't', 'T'),
  ].join('');
}

function sizeColumn(member: TarMember): string {
  if (member.kind === 'character' || member.kind === 'block') return `${member.devMajor},${member.devMinor}`;
  return String(member.sizeBytes);
}

function timeColumn(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return utcMinute(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function suffix(member: TarMember): string {
  // GNU tar prints an empty target as `.`.
  if (member.kind === 'symlink') return ` -> ${quoteMemberName(member.linkName || '.')}`;
  if (member.kind === 'hardlink') return ` link to ${quoteMemberName(member.linkName || '.')}`;
  if (member.kind === 'volume') return '--Volume Header--';
  if (member.kind === 'continued') return `--Continued at byte ${member.continuedAt ?? 0}--`;
  if (member.kind === 'other') return ` unknown file type ${quoteMemberName(`\u2018${member.type}\u2019`)}`;
  return '';
}

const LETTER_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

const PLAIN = /^[ -[\]-~]*$/;
/** Characters that are not printable according to glibc's `iswprint` in a UTF-8 locale. */
const UNPRINTABLE = /[\p{Cc}\p{Cn}\p{Cs}\u2028\u2029]/u;

/** A name in tar's `escape` quoting: C escapes, and octal for each unprintable byte. */
export function quoteMemberName(name: string): string {
  if (PLAIN.test(name)) return name;
  let quoted = '';
  for (const char of name) {
    const letter = LETTER_ESCAPES[char];
    if (letter !== undefined) quoted += letter;
    else if (UNPRINTABLE.test(char)) quoted += octal(char);
    else quoted += char;
  }
  return quoted;
}

function octal(char: string): string {
  return Array.from(encodeName(char), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
