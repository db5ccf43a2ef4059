import { crc32 } from 'node:zlib';
import { formatDamage } from '../damage.js';
import { readVli } from './vli.js';

/** What a block's header says. */
export interface XzBlockHeader {
  /** Undefined where the header does not say: then only the chunks of LZMA2 tell where the block ends. */
  compressedBytes: number | undefined;
  outputBytes: number | undefined;
  /** Of the LZMA2 filter; undefined where the last filter is none. */
  dictionaryBytes: number | undefined;
}

/** Filter id of LZMA2 (section 5.3.1): its one byte of properties is the size of the dictionary. */
const LZMA2 = 0x21;

/** Reads the header of a block, its size and its CRC-32 included (section 3.1). @throws Damage */
export function readBlockHeader(head: Uint8Array): XzBlockHeader {
  const end = head.length - 4;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (view.getUint32(end, true) !== crc32(head.subarray(0, end))) {
    throw formatDamage('corrupt', 'an xz block header whose CRC-32 does not match');
  }
  const flags = head[1] as number;
  let at = 2;
  const size = (bit: number): number | undefined => {
    if ((flags & bit) === 0) return undefined;
    const { value, next } = readVli(head, at, end);
    at = next;
    return value;
  };
  const compressedBytes = size(0x40);
  const outputBytes = size(0x80);
  if (compressedBytes === 0) throw formatDamage('corrupt', 'an xz block of no size');
  let dictionaryBytes: number | undefined;
  for (let filter = 0; filter <= (flags & 3); filter += 1) {
    const id = readVli(head, at, end);
    const properties = readVli(head, id.next, end);
    dictionaryBytes = id.value === LZMA2 ? dictionaryOf(head[properties.next] ?? 0) : undefined;
    at = properties.next + properties.value;
  }
  return { compressedBytes, outputBytes, dictionaryBytes };
}

function dictionaryOf(bits: number): number {
  return bits >= 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}
