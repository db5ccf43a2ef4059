import type { CompressionName } from '../core/compressions.js';
import { looksLikeGzip } from './gzip/header.js';
import { BLOCK_BYTES, isTarHeader } from './tar/header.js';

/** How many bytes are needed to detect the compression: an entire tar header. */
export const SNIFF_BYTES = BLOCK_BYTES;

/**
 * Detects the compression by an archive's first bytes, like tar; the file name may be wrong. A valid tar header is not
 * compressed, whatever the name of its member looks like.
 */
export function sniffCompression(head: Uint8Array): CompressionName {
  if (isTarHeader(head)) return 'none';
  if (looksLikeGzip(head)) return 'gzip';
  if (beginsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return 'zstd';
  if (head.length >= 4 && beginsWith(head.subarray(1), [0x2a, 0x4d, 0x18]) && (head[0] ?? 0) >> 4 === 5)
    return 'zstd';
  if (beginsWith(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) return 'xz';
  if (beginsWith(head, [0x42, 0x5a, 0x68]) && isLevel(head[3])) return 'bzip2';
  return 'none';
}

/** The block size that follows bzip2's magic: a digit from 1 to 9. */
function isLevel(byte: number | undefined): boolean {
  return byte === undefined || (byte >= 0x31 && byte <= 0x39);
}

function beginsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte);
}
