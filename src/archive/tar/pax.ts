import { Buffer } from 'node:buffer';
import { formatDamage } from '../damage.js';
import type { OnBadValue } from './header.js';
import { MAX_SPARSE_SEGMENTS } from './sparse.js';

/** Extended header values by keyword, as bytes because names may not be UTF-8. */
export class PaxRecords extends Map<string, Uint8Array> {
  /** Offset, length, offset, length… of a sparse map in format 0.0, which repeats two keywords. */
  readonly sparseNumbers: number[] = [];
}

/** The maximum number of records in one header: as many as a sparse map has numbers. */
const MAX_RECORDS = 2 * MAX_SPARSE_SEGMENTS;
/** Keywords are short words; the longest that GNU tar, star and libarchive write are vendor xattr names of 255 bytes. */
const MAX_KEYWORD_BYTES = 1024;
/** Larger values are not kept, except those that describe the member. */
const MAX_ATTRIBUTE_BYTES = 65_536;
const DESCRIBES = /^(?:path|linkpath|size|uid|gid|uname|gname|mtime|GNU\.sparse\..*)$/;

/**
 * Parses the body of a PAX extended header (POSIX.1-2001 pax, "pax Header Block"): `length keyword=value\n` records. An
 * empty value removes the keyword. As in GNU tar and bsdtar, an invalid record ends the header; it is reported to
 * `onBadValue`.
 * @throws Damage if the invalid part may contain the size or the sparse map of the content
 */
export function readPax(
  body: Uint8Array,
  into: PaxRecords = new PaxRecords(),
  onBadValue: OnBadValue = () => undefined,
): PaxRecords {
  let at = 0;
  for (let count = 0; at < body.length && body[at] !== 0; count += 1) {
    const record = recordAt(body, at);
    if (record === undefined) {
      if (/size|sparse/.test(Buffer.from(body.subarray(at)).toString('latin1'))) throw broken();
      onBadValue('PAX records (a name may be one of them) cannot be read');
      return into;
    }
    if (count >= MAX_RECORDS) throw formatDamage('limit', 'a PAX header has too many records');
    const { keyword, value } = record;
    if (keyword === 'GNU.sparse.offset' || keyword === 'GNU.sparse.numbytes')
      into.sparseNumbers.push(paxInteger(value) ?? -1);
    else if (value.length === 0) into.delete(keyword);
    else if (value.length <= MAX_ATTRIBUTE_BYTES || DESCRIBES.test(keyword)) into.set(keyword, value.slice());
    at = record.end;
  }
  return into;
}

/** The record that begins there; undefined where it is none. */
function recordAt(
  body: Uint8Array,
  at: number,
): { keyword: string; value: Uint8Array; end: number } | undefined {
  const space = body.indexOf(0x20, at);
  if (space < 0 || space - at > 12) return undefined;
  const end = at + decimal(body, at, space);
  if (!(end <= body.length && end > space + 1 && body[end - 1] === 0x0a)) return undefined;
  const equals = body.subarray(space + 1, end).indexOf(0x3d);
  if (equals < 1 || equals > MAX_KEYWORD_BYTES) return undefined;
  const keyword = Buffer.from(body.subarray(space + 1, space + 1 + equals)).toString('latin1');
  return { keyword, value: body.subarray(space + 2 + equals, end - 1), end };
}

function decimal(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i += 1) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** An integer in a PAX record; undefined if it is invalid or out of range. */
export function paxInteger(value: Uint8Array): number | undefined {
  const text = Buffer.from(value).toString('latin1');
  const number = Number(text);
  return /^-?\d{1,64}$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
}

/** A PAX time, such as `1700000000.123456789`: whole seconds (rounded down) and nanoseconds. */
export function paxTime(value: Uint8Array): { seconds: number; nanoseconds: number } | undefined {
  const match = /^(-?)(\d{1,64})(?:\.(\d*))?$/.exec(Buffer.from(value).toString('latin1'));
  if (match === null) return undefined;
  const seconds = Number(match[2]);
  const nanoseconds = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[1] === '') return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: -seconds, nanoseconds }
    : { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds };
}

function broken(): Error {
  return formatDamage('corrupt', 'a PAX header is invalid');
}
