import { crc32 } from 'node:zlib';

const MAGIC = Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00);
const HEADER_BYTES = 12;
const NO_CHECK = 0;

/**
 * Looks for stream headers (.xz format, section 2.1.1) wherever they are in a file, without walking over its blocks:
 * streams may follow each other, each with its own kind of check, and one without a check covers nothing. Bytes
 * that merely look like a header, its CRC-32 included, can only make the answer stricter.
 */
export class XzStreamHeaders {
  /** Whether a stream begins that has no check. */
  unchecked = false;
  #tail: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#tail, chunk]);
    for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
      if (at + HEADER_BYTES > bytes.length) break;
      const isHeader = bytes.readUInt32LE(at + 8) === crc32(bytes.subarray(at + 6, at + 8));
      if (isHeader && bytes[at + 7] === NO_CHECK) this.unchecked = true;
    }
    this.#tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - HEADER_BYTES + 1)));
  }
}
