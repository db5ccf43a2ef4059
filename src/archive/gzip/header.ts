import { formatDamage } from '../damage.js';

/** The format does not limit the name and the comment; no real program writes a longer header than this. */
export const MAX_HEADER_BYTES = 65_536;

const HAS_CRC = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;
const RESERVED = 0xe0;

/** Whether these bytes, as far as available, are the start of a gzip member. */
export function looksLikeGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The length of the gzip member header (RFC 1952, 2.3) at `from`, or undefined if it does not end before `end`.
 * @throws Damage
 */
export function gzipHeaderLength(bytes: Uint8Array, from: number, end: number): number | undefined {
  if (end - from < 10) return undefined;
  if (bytes[from] !== 0x1f || bytes[from + 1] !== 0x8b) throw formatDamage('corrupt', 'not a gzip member');
  if (bytes[from + 2] !== 8) throw formatDamage('unsupported', 'a gzip member does not use deflate');
  const flags = bytes[from + 3] as number;
  if ((flags & RESERVED) !== 0) throw formatDamage('unsupported', 'a gzip member has unknown flags');
  let at = from + 10;
  if ((flags & HAS_EXTRA) !== 0) {
    if (end - at < 2) return undefined;
    at += 2 + (bytes[at] as number) + (bytes[at + 1] as number) * 256;
  }
  for (const flag of [HAS_NAME, HAS_COMMENT]) {
    if ((flags & flag) === 0) continue;
    while (at < end && bytes[at] !== 0) at += 1;
    at += 1;
  }
  if ((flags & HAS_CRC) !== 0) at += 2;
  if (at - from > MAX_HEADER_BYTES + 65_548) throw formatDamage('limit', 'a gzip header is too long');
  return at <= end ? at - from : undefined;
}
