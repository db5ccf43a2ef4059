import { endianness } from 'node:os';

/**
 * DuckDB's `string_t`: a 4-byte length, then up to 12 bytes of text, or the first 4 bytes and the address of the text.
 */
const STRING_BYTES = 16;
const WORDS = STRING_BYTES / 4;
const INLINE_BYTES = 12;
const ADDRESS_AT = 8;
/** The offsets of the two halves of an address, in 32-bit words. */
const LOW = 2;
const HIGH = 3;

/** Reads `length` bytes from the address at `offset` in `buffer`. */
export type ReadPointer = (buffer: ArrayBuffer, offset: number, length: number) => Uint8Array;

/**
 * The texts of a VARCHAR column. Reading each one separately would be too slow. The texts of a chunk are mostly
 * contiguous in memory, so each contiguous run is read at once. No byte outside the texts is read. A U+FEFF at the
 * start of a text is kept.
 * @param strings the column's memory
 */
export function textsOf(strings: Uint8Array, count: number, read: ReadPointer): string[] {
  if (endianness() !== 'LE') throw new Error('inventories are read on little-endian machines only');
  const buffer = strings.buffer as ArrayBuffer;
  const words = new Uint32Array(buffer, strings.byteOffset, count * WORDS);
  const inline = Buffer.from(buffer, strings.byteOffset, count * STRING_BYTES);
  const texts: string[] = [];
  for (let i = 0; i < count; ) {
    const { end, bytes } = adjacent(words, i, count);
    if (bytes === 0) {
      const from = i * STRING_BYTES + 4;
      texts.push(inline.toString('utf8', from, from + lengthAt(words, i)));
      i += 1;
      continue;
    }
    const memory = read(buffer, strings.byteOffset + i * STRING_BYTES + ADDRESS_AT, bytes);
    const all = Buffer.from(memory.buffer, memory.byteOffset, bytes);
    for (let at = 0; i < end; i += 1) {
      const from = at;
      at += lengthAt(words, i);
      texts.push(all.toString('utf8', from, at));
    }
  }
  return texts;
}

/** The extent of the contiguous run of texts from `first` on; no bytes if the text is stored in the column itself. */
function adjacent(words: Uint32Array, first: number, count: number): { end: number; bytes: number } {
  const low = words[first * WORDS + LOW] ?? 0;
  const high = words[first * WORDS + HIGH] ?? 0;
  let bytes = 0;
  let end = first;
  // If the lower half of the address would overflow, the text starts a new run.
  for (; end < count; end += 1) {
    const length = lengthAt(words, end);
    const follows = words[end * WORDS + LOW] === low + bytes && words[end * WORDS + HIGH] === high;
    if (length <= INLINE_BYTES || !follows) break;
    bytes += length;
  }
  return { end, bytes };
}

function lengthAt(words: Uint32Array, i: number): number {
  return words[i * WORDS] ?? 0;
}
