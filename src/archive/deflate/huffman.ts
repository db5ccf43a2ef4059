/**
 * Decoding tables for the Huffman codes of deflate (RFC 1951, 3.2). An entry is one 32-bit number: bits 0-3 the code's
 * length, bits 4-7 how many extra bits follow, bits 8-11 its kind, bits 16-31 its value (the literal, the base of a
 * length or distance, or the offset of a second-level table, whose width is in bits 4-7).
 */
export const LITERAL = 0x100;
export const END_OF_BLOCK = 0x200;
export const SUBTABLE = 0x400;
export const INVALID = 0x800;

/** Wide enough to find nearly every code of a real file in one step, and small enough for the L1 cache. */
export const LITERAL_ROOT_BITS = 11;
export const DISTANCE_ROOT_BITS = 9;
const LENGTH_ROOT_BITS = 7;

/**
 * The maximum number of entries: the root, and one second-level table of maximum width for every two codes longer than
 * the root (a complete prefix code has them at least in pairs).
 */
const LITERAL_TABLE_ENTRIES = (1 << LITERAL_ROOT_BITS) + 143 * (1 << (15 - LITERAL_ROOT_BITS));
const DISTANCE_TABLE_ENTRIES = (1 << DISTANCE_ROOT_BITS) + 16 * (1 << (15 - DISTANCE_ROOT_BITS));
const LENGTH_TABLE_ENTRIES = 1 << LENGTH_ROOT_BITS;

const MAX_CODE_BITS = 15;

/** A table, and how many bits index its root. */
export interface Table {
  entries: Int32Array;
  rootBits: number;
}

export function newLiteralTable(): Table {
  return { entries: new Int32Array(LITERAL_TABLE_ENTRIES), rootBits: LITERAL_ROOT_BITS };
}

export function newDistanceTable(): Table {
  return { entries: new Int32Array(DISTANCE_TABLE_ENTRIES), rootBits: DISTANCE_ROOT_BITS };
}

export function newLengthTable(): Table {
  return { entries: new Int32Array(LENGTH_TABLE_ENTRIES), rootBits: LENGTH_ROOT_BITS };
}

/** The meaning of each symbol, without the length of its code. */
export const literalMeanings = Int32Array.from({ length: 288 }, (_, symbol) => literalMeaning(symbol));
export const distanceMeanings = Int32Array.from({ length: 32 }, (_, symbol) => distanceMeaning(symbol));
export const lengthMeanings = Int32Array.from({ length: 19 }, (_, symbol) => symbol << 16);

function literalMeaning(symbol: number): number {
  if (symbol < 256) return LITERAL | (symbol << 16);
  if (symbol === 256) return END_OF_BLOCK;
  if (symbol > 285) return INVALID;
  if (symbol === 285) return 258 << 16;
  const extra = symbol < 265 ? 0 : (symbol - 261) >> 2;
  const base = extra === 0 ? symbol - 254 : 3 + ((4 + ((symbol - 261) & 3)) << extra);
  return (extra << 4) | (base << 16);
}

function distanceMeaning(symbol: number): number {
  if (symbol > 29) return INVALID;
  const extra = symbol < 4 ? 0 : (symbol - 2) >> 1;
  const base = extra === 0 ? symbol + 1 : 1 + ((2 + (symbol & 1)) << extra);
  return (extra << 4) | (base << 16);
}

const counts = new Int32Array(MAX_CODE_BITS + 1);
const nextCode = new Int32Array(MAX_CODE_BITS + 1);
const subtableOf = new Int32Array(1 << LITERAL_ROOT_BITS);

/**
 * Fills `table` for these code lengths. False if they do not form a prefix code: over-subscribed or incomplete (except
 * a single one-bit code, or no code at all, as zlib writes for blocks without distances).
 */
export function buildTable(
  table: Table,
  meanings: Int32Array,
  lengths: Uint8Array,
  mayBeIncomplete: boolean,
): boolean {
  counts.fill(0);
  for (let i = 0; i < lengths.length; i += 1)
    counts[lengths[i] as number] = (counts[lengths[i] as number] as number) + 1;
  let longest = MAX_CODE_BITS;
  while (longest > 0 && counts[longest] === 0) longest -= 1;
  let left = 1;
  let code = 0;
  for (let bits = 1; bits <= MAX_CODE_BITS; bits += 1) {
    left = left * 2 - (counts[bits] as number);
    if (left < 0) return false;
    code = (code + (bits === 1 ? 0 : (counts[bits - 1] as number))) << 1;
    nextCode[bits] = code;
  }
  if (left > 0 && !(mayBeIncomplete && longest <= 1)) return false;
  table.entries.fill(INVALID | 1, 0, 1 << table.rootBits);
  fillTable(table, longest, meanings, lengths);
  return true;
}

function fillTable(
  { entries, rootBits }: Table,
  longest: number,
  meanings: Int32Array,
  lengths: Uint8Array,
): void {
  const rootSize = 1 << rootBits;
  const subBits = longest - rootBits;
  let free = rootSize;
  if (subBits > 0) subtableOf.fill(0, 0, rootSize);
  for (let i = 0; i < lengths.length; i += 1) {
    const length = lengths[i] as number;
    if (length === 0) continue;
    const code = nextCode[length] as number;
    nextCode[length] = code + 1;
    const reversed = reverse(code, length);
    const entry = (meanings[i] as number) | length;
    if (length <= rootBits) {
      for (let at = reversed; at < rootSize; at += 1 << length) entries[at] = entry;
      continue;
    }
    const root = reversed & (rootSize - 1);
    let sub = subtableOf[root] as number;
    if (sub === 0) {
      sub = free;
      free = growTo(entries, free, subBits);
      subtableOf[root] = sub;
      entries[root] = SUBTABLE | (subBits << 4) | (sub << 16) | rootBits;
    }
    for (let at = reversed >> rootBits; at < 1 << subBits; at += 1 << (length - rootBits))
      entries[sub + at] = entry;
  }
}

function growTo(entries: Int32Array, free: number, subBits: number): number {
  entries.fill(INVALID | 1, free, free + (1 << subBits));
  return free + (1 << subBits);
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let rest = code, i = 0; i < length; i += 1, rest >>= 1) reversed = (reversed << 1) | (rest & 1);
  return reversed;
}
