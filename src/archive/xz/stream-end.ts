import { crc32 } from 'node:zlib';
import type { XzBlock } from './blocks.js';
import { STREAM_HEADER_BYTES } from './stream-header.js';
import { writeVli } from './vli.js';

const FOOTER_MAGIC = Uint8Array.of(0x59, 0x5a);

/**
 * Index and footer for a stream of exactly these blocks. With a stream header before and these after them, blocks from
 * the middle of a file become a complete xz file that any decoder can verify.
 */
export function streamEnd(blocks: readonly XzBlock[], streamHeader: Uint8Array): Uint8Array {
  const index: number[] = [0];
  writeVli(index, blocks.length);
  for (const block of blocks) {
    writeVli(index, block.unpaddedBytes);
    writeVli(index, block.outputBytes);
  }
  while (index.length % 4 !== 0) index.push(0);
  const end = new Uint8Array(index.length + 4 + STREAM_HEADER_BYTES);
  const view = new DataView(end.buffer);
  end.set(index);
  view.setUint32(index.length, crc32(end.subarray(0, index.length)), true);
  const footer = index.length + 4;
  view.setUint32(footer + 4, footer / 4 - 1, true);
  end.set(streamHeader.subarray(6, 8), footer + 8);
  view.setUint32(footer, crc32(end.subarray(footer + 4, footer + 10)), true);
  end.set(FOOTER_MAGIC, footer + 10);
  return end;
}
