import { looksLikeGzip } from './gzip/header.js';

/** How a tar is compressed. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** So many first bytes tell the compression. */
export const SNIFF_BYTES = 6;

/** Tells the compression by an archive's first bytes, as tar does; the name may lie. */
export function sniffCompression(head: Uint8Array): Compression {
  if (looksLikeGzip(head)) return 'gzip';
  if (beginsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return 'zstd';
  if (head.length >= 4 && beginsWith(head.subarray(1), [0x2a, 0x4d, 0x18]) && (head[0] ?? 0) >> 4 === 5)
    return 'zstd';
  if (beginsWith(head, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])) return 'xz';
  if (beginsWith(head, [0x42, 0x5a, 0x68])) return 'bzip2';
  return 'none';
}

function beginsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte);
}
