import { Buffer } from 'node:buffer';
import { formatDamage } from '../damage.js';

/** Extended header values by keyword; values are bytes, because names need not be UTF-8. */
export type PaxRecords = Map<string, Uint8Array>;

/** More keywords than this in one header are not from any real archiver. */
const MAX_RECORDS = 10_000;
/** Keywords are short words; the longest that GNU tar, star and libarchive write are vendor xattr names of 255 bytes. */
const MAX_KEYWORD_BYTES = 1024;

/**
 * Reads the body of a PAX extended header (POSIX.1-2001 pax, "pax Header Block"): `length keyword=value\n` records.
 * An empty value removes the keyword.
 * @throws Damage
 */
export function readPax(body: Uint8Array, into: PaxRecords = new Map()): PaxRecords {
  let at = 0;
  let count = 0;
  while (at < body.length && body[at] !== 0) {
    const space = body.indexOf(0x20, at);
    if (space < 0 || space - at > 12) throw broken();
    const length = decimal(body, at, space);
    const end = at + length;
    if (end > body.length || end <= space + 1 || body[end - 1] !== 0x0a) throw broken();
    const equals = body.subarray(space + 1, end).indexOf(0x3d);
    if (equals < 1 || equals > MAX_KEYWORD_BYTES) throw broken();
    const keyword = Buffer.from(body.subarray(space + 1, space + 1 + equals)).toString('latin1');
    const value = body.slice(space + 2 + equals, end - 1);
    if (value.length === 0) into.delete(keyword);
    else into.set(keyword, value);
    at = end;
    count += 1;
    if (count > MAX_RECORDS) throw formatDamage('limit', 'a PAX header of more than 10,000 records');
  }
  return into;
}

function decimal(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) throw broken();
    value = value * 10 + digit;
  }
  return value;
}

/** A whole number of a PAX record. @throws Damage */
export function paxInteger(value: Uint8Array): number {
  const text = Buffer.from(value).toString('latin1');
  const number = Number(text);
  if (!/^-?\d{1,17}$/.test(text) || !Number.isSafeInteger(number)) throw broken();
  return number;
}

/** A PAX time, such as `1700000000.123456789`: whole seconds (rounded down) and nanoseconds. @throws Damage */
export function paxTime(value: Uint8Array): { seconds: number; nanoseconds: number } {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(Buffer.from(value).toString('latin1'));
  if (match === null) throw broken();
  const seconds = Number(match[2]);
  const nanoseconds = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[1] === '') return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: -seconds, nanoseconds }
    : { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds };
}

function broken(): Error {
  return formatDamage('corrupt', 'a PAX header that can not be read');
}
