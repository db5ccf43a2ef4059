import { crc32 } from 'node:zlib';
import { formatDamage } from '../damage.js';
import { readVli } from './vli.js';

/** The contents of a block header. */
export interface XzBlockHeader {
  /** Undefined if the header does not say; then only the LZMA2 chunks tell where the block ends. */
  compressedBytes: number | undefined;
  outputBytes: number | undefined;
  /** The dictionary size of the LZMA2 filter; undefined if the last filter is a different one. */
  dictionaryBytes: number | undefined;
}

/** Filter id of LZMA2 (section 5.3.1). Its single property byte encodes the dictionary size. */
const LZMA2 = 0x21;

/** Parses a block header, including its size and CRC-32 (section 3.1). @throws Damage */
export function readBlockHeader(head: Uint8Array): XzBlockHeader {
  const end = head.length - 4;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (view.getUint32(end, true) !== crc32(head.subarray(0, end))) {
    throw formatDamage('corrupt', 'the CRC-32 of an xz block header does not match');
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
  if (compressedBytes === 0) throw formatDamage('corrupt', 'an xz block has size 0');
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
