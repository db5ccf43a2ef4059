import { formatDamage } from '../damage.js';

/** Tar is made of blocks of this size (POSIX.1-1988, ustar). */
export const BLOCK_BYTES = 512;

/** One header block, with numbers read and strings as bytes. Extended headers are not applied. */
export interface RawHeader {
  name: Uint8Array;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  mtimeSeconds: number;
  /** The type flag as a character; the old NUL for a regular file is `0`. */
  type: string;
  linkName: Uint8Array;
  uname: Uint8Array;
  gname: Uint8Array;
  devMajor: number;
  devMinor: number;
  /** Old GNU sparse members (type `S`): their real size, and whether further map blocks follow. */
  sparse: { realSizeBytes: number; extended: boolean } | undefined;
}

/** Whether a block is all zero: two of them end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  for (let i = 0; i < BLOCK_BYTES; i += 1) if (block[i] !== 0) return false;
  return true;
}

/** Reads a header block of any tar format since V7. @throws Damage where the checksum or a number is wrong. */
export function readHeader(block: Uint8Array): RawHeader {
  checkSum(block);
  const flag = block[156] as number;
  const type = flag === 0 ? '0' : String.fromCharCode(flag);
  const posix = isAt(block, 257, 'ustar\0');
  const known = posix || isAt(block, 257, 'ustar ');
  return {
    name: posix ? withPrefix(block) : text(block, 0, 100),
    mode: number(block, 100, 8, 'mode') % 0o10000,
    uid: number(block, 108, 8, 'uid'),
    gid: number(block, 116, 8, 'gid'),
    sizeBytes: size(number(block, 124, 12, 'size')),
    mtimeSeconds: number(block, 136, 12, 'mtime'),
    type,
    linkName: text(block, 157, 100),
    uname: known ? text(block, 265, 32) : new Uint8Array(0),
    gname: known ? text(block, 297, 32) : new Uint8Array(0),
    devMajor: known ? number(block, 329, 8, 'devmajor') : 0,
    devMinor: known ? number(block, 337, 8, 'devminor') : 0,
    sparse:
      type === 'S'
        ? { realSizeBytes: size(number(block, 483, 12, 'realsize')), extended: block[482] !== 0 }
        : undefined,
  };
}

/** Whether a further block of an old GNU sparse map is followed by yet another one. */
export function sparseMapContinues(block: Uint8Array): boolean {
  return block[504] !== 0;
}

function checkSum(block: Uint8Array): void {
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK_BYTES; i += 1) {
    const byte = i >= 148 && i < 156 ? 0x20 : (block[i] as number);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const recorded = number(block, 148, 8, 'checksum');
  if (recorded !== unsigned && recorded !== signed) {
    throw formatDamage('corrupt', 'a tar header whose checksum does not match');
  }
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

function size(value: number): number {
  if (value < 0) throw formatDamage('corrupt', 'a tar member of negative size');
  return value;
}

/** An octal number, or GNU's base-256 (first bit set); an empty field is 0, as tar reads it. */
function number(block: Uint8Array, at: number, length: number, what: string): number {
  const first = block[at] as number;
  if (first === 0x80 || first === 0xff) return base256(block, at, length, first === 0xff, what);
  let i = at;
  const end = at + length;
  while (i < end && (block[i] === 0x20 || block[i] === 0)) i += 1;
  let value = 0;
  for (; i < end; i += 1) {
    const digit = (block[i] as number) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  if (i < end && block[i] !== 0x20 && block[i] !== 0) {
    throw formatDamage('corrupt', `a tar header whose ${what} is no number`);
  }
  return value;
}

function base256(block: Uint8Array, at: number, length: number, negative: boolean, what: string): number {
  let value = 0;
  for (let i = at + 1; i < at + length; i += 1) {
    const byte = block[i] as number;
    value = value * 256 + (negative ? 255 - byte : byte);
  }
  const signed = negative ? -value - 1 : value;
  if (!Number.isSafeInteger(signed))
    throw formatDamage('corrupt', `a tar header whose ${what} is out of range`);
  return signed;
}
