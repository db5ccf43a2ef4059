import { crc32 } from 'node:zlib';
import { formatDamage } from '../damage.js';

/** Stream header and footer of the .xz format (version 1.1.0, sections 2.1.1 and 2.1.2). */
export const STREAM_HEADER_BYTES = 12;
/** The check type for blocks without a check. */
export const NO_CHECK = 0;
const MAGIC = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00);
/** Size of the check after each block, by its type (section 2.1.1.2). */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;
/** The number of bytes needed to recognize a stream. */
export const MAGIC_BYTES = MAGIC.length;

/** Verifies a stream header and returns the length of the check after each block. @throws Damage */
export function readStreamHeader(header: Uint8Array): number {
  const bytes = CHECK_BYTES[header[7] ?? 0xff];
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const isValid =
    header.length === STREAM_HEADER_BYTES &&
    beginsStream(header) &&
    header[6] === 0 &&
    view.getUint32(8, true) === crc32(header.subarray(6, 8));
  if (!isValid || bytes === undefined) {
    throw formatDamage('corrupt', 'an xz stream header is invalid');
  }
  return bytes;
}

/** Whether these bytes, as far as available, are the start of a stream. */
export function beginsStream(bytes: Uint8Array): boolean {
  return bytes.subarray(0, MAGIC.length).every((byte, i) => byte === MAGIC[i]);
}
