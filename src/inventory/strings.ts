import { endianness } from 'node:os';

/** DuckDB's `string_t`: the length in 4 bytes, then up to 12 bytes of text, or 4 of it and the address of all. */
const STRING_BYTES = 16;
const WORDS = STRING_BYTES / 4;
const INLINE_BYTES = 12;
const ADDRESS_AT = 8;
/** The halves of an address, in words. */
const LOW = 2;
const HIGH = 3;

/** Reads `length` bytes from where the pointer at `offset` of `buffer` points to. */
export type ReadPointer = (buffer: ArrayBuffer, offset: number, length: number) => Uint8Array;

/**
 * The texts of a column of VARCHAR. To ask for each by itself would cost more than all that is done with it; those of
 * a chunk mostly lie one behind the other, and such a row of them is read at once. Not a byte is read that is not of
 * one of the texts. A U+FEFF at the start of one stays.
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

/** How far the texts from `first` on lie one behind the other; no bytes where it is not kept outside of the column. */
function adjacent(words: Uint32Array, first: number, count: number): { end: number; bytes: number } {
  const low = words[first * WORDS + LOW] ?? 0;
  const high = words[first * WORDS + HIGH] ?? 0;
  let bytes = 0;
  let end = first;
  // Where the lower half of an address would overflow the text begins a row of its own.
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
