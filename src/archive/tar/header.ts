import { formatDamage } from '../damage.js';
import { carriesData } from './member.js';

/** The block size of tar (POSIX.1-1988, ustar). */
export const BLOCK_BYTES = 512;

/** One header block, with parsed numbers and strings as bytes. Extended headers are not applied. */
export interface RawHeader {
  name: Uint8Array;
  mode: number;
  uid: number;
  gid: number;
  /** Zero if the type has no content, whatever the field contains. */
  sizeBytes: number;
  mtimeSeconds: number;
  /** The type flag as a character; the old NUL for a regular file becomes `0`. */
  type: string;
  linkName: Uint8Array;
  uname: Uint8Array;
  gname: Uint8Array;
  devMajor: number;
  devMinor: number;
  /** For GNU multi-volume members (type `M`): the offset of this part in the file. */
  continuedAt: number;
  /** Old GNU sparse members (type `S`). */
  sparse: OldSparse | undefined;
}

/** The sparse map in an old GNU header. */
interface OldSparse {
  realSizeBytes: number;
  /** Whether blocks with more of the map follow. */
  extended: boolean;
  /** Offset, length, offset, length… */
  numbers: number[];
}

/** Receives descriptions of invalid values on which no content depends. */
export type OnBadValue = (what: string) => void;

/** Whether a block is all zeros. Two of them end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  for (let i = 0; i < BLOCK_BYTES; i += 1) if (block[i] !== 0) return false;
  return true;
}

/** Whether a block is a tar header: its checksum matches. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < BLOCK_BYTES) return false;
  const recorded = octal(block, 148, 8);
  if (recorded === undefined) return false;
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK_BYTES; i += 1) {
    const byte = i >= 148 && i < 156 ? 0x20 : (block[i] as number);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return recorded === unsigned || recorded === signed;
}

/**
 * Whether a block looks like a tar header regardless of its checksum: by its magic, or by numbers in the right fields.
 */
export function looksLikeHeader(block: Uint8Array): boolean {
  if (isAt(block, 257, 'ustar')) return true;
  const fields = [
    [124, 12],
    [136, 12],
    [148, 8],
  ] as const;
  return fields.every(([at, length]) => (octal(block, at, length) ?? 0) > 0 || isAt(block, at, '0'));
}

/**
 * Parses a header block of any tar format since V7. An invalid number becomes 0 and is reported to `onBadValue`.
 * @throws Damage if the checksum is wrong, or a number that determines the amount of content is invalid
 */
export function readHeader(block: Uint8Array, onBadValue: OnBadValue = () => undefined): RawHeader {
  if (!isTarHeader(block)) throw formatDamage('corrupt', 'the checksum of a tar header does not match');
  const flag = block[156] as number;
  const type = flag === 0 ? '0' : String.fromCharCode(flag);
  const posix = isAt(block, 257, 'ustar\0');
  const known = posix || isAt(block, 257, 'ustar ');
  const number = (at: number, length: number, what: string): number => {
    const value = readNumber(block, at, length);
    if (value === undefined) onBadValue(`${what} is invalid`);
    return value ?? 0;
  };
  return {
    name: posix ? withPrefix(block) : text(block, 0, 100),
    mode: Math.abs(number(100, 8, 'mode')) % 0o10000,
    uid: number(108, 8, 'uid'),
    gid: number(116, 8, 'gid'),
    sizeBytes: carriesData(type) ? size(block, 124, 'size') : 0,
    mtimeSeconds: number(136, 12, 'mtime'),
    type,
    linkName: text(block, 157, 100),
    uname: known ? text(block, 265, 32) : new Uint8Array(0),
    gname: known ? text(block, 297, 32) : new Uint8Array(0),
    devMajor: known && isDevice(type) ? number(329, 8, 'devmajor') : 0,
    devMinor: known && isDevice(type) ? number(337, 8, 'devminor') : 0,
    continuedAt: type === 'M' ? number(369, 12, 'offset') : 0,
    sparse:
      type === 'S'
        ? {
            realSizeBytes: size(block, 483, 'real size'),
            extended: block[482] !== 0,
            numbers: sparseNumbers(block, 386, 4),
          }
        : undefined,
  };
}

/** Parses an additional block of an old GNU sparse map. */
export function readSparseBlock(block: Uint8Array): { numbers: number[]; extended: boolean } {
  return { numbers: sparseNumbers(block, 0, 21), extended: block[504] !== 0 };
}

/** Up to `count` segments of an old GNU sparse map; a segment that starts with a zero byte ends it. */
function sparseNumbers(block: Uint8Array, from: number, count: number): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const at = from + i * 24;
    if (block[at] === 0) break;
    numbers.push(size(block, at, 'sparse offset'), size(block, at + 12, 'sparse length'));
  }
  return numbers;
}

function isDevice(type: string): boolean {
  return type === '3' || type === '4';
}

function isAt(block: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i += 1) if (block[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

function text(block: Uint8Array, at: number, length: number): Uint8Array {
  let end = at;
  while (end < at + length && block[end] !== 0) end += 1;
  return block.slice(at, end);
}

function withPrefix(block: Uint8Array): Uint8Array {
  const name = text(block, 0, 100);
  const prefix = text(block, 345, 155);
  if (prefix.length === 0) return name;
  const whole = new Uint8Array(prefix.length + 1 + name.length);
  whole.set(prefix);
  whole[prefix.length] = 0x2f;
  whole.set(name, prefix.length + 1);
  return whole;
}

function size(block: Uint8Array, at: number, what: string): number {
  const value = readNumber(block, at, 12);
  if (value === undefined) throw formatDamage('corrupt', `the ${what} in a tar header is not a number`);
  if (value < 0) throw formatDamage('corrupt', `the ${what} in a tar header is negative`);
  return value;
}

/** An octal number, or a GNU base-256 number (first bit set); undefined if it is invalid or out of range. */
function readNumber(block: Uint8Array, at: number, length: number): number | undefined {
  const first = block[at] as number;
  if (first === 0x80 || first === 0xff) return base256(block, at, length, first === 0xff);
  return octal(block, at, length);
}

/**
 * An empty field is 0, as in tar. One NUL may come first: some tars wrote it after an overflow of the field before
 * (GNU tar, `from_header`). After more of them the field is empty, whatever follows.
 */
function octal(block: Uint8Array, at: number, length: number): number | undefined {
  const end = at + length;
  let i = block[at] === 0 ? at + 1 : at;
  while (i < end && block[i] === 0x20) i += 1;
  let value = 0;
  for (; i < end; i += 1) {
    const digit = (block[i] as number) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  return i < end && block[i] !== 0x20 && block[i] !== 0 ? undefined : value;
}

function base256(block: Uint8Array, at: number, length: number, negative: boolean): number | undefined {
  let value = 0;
  for (let i = at + 1; i < at + length; i += 1) {
    const byte = block[i] as number;
    value = value * 256 + (negative ? 255 - byte : byte);
  }
  const signed = negative ? -value - 1 : value;
  return Number.isSafeInteger(signed) ? signed : undefined;
}
