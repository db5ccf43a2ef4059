import { formatDamage } from '../damage.js';
import type { BitReader } from './bit-buffer.js';
import {
  buildTable,
  distanceMeanings,
  INVALID,
  lengthMeanings,
  literalMeanings,
  newLengthTable,
  type Table,
} from './huffman.js';

/** The order in which the lengths of the code length codes are stored (RFC 1951, 3.2.7). */
const CODE_LENGTH_ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);

const lengthTable = newLengthTable();
const lengths = new Uint8Array(320);

/** Reads the codes of a dynamic block into its two tables. @throws Damage */
export function readDynamicCodes(reader: BitReader, literals: Table, distances: Table): void {
  const literalCodes = reader.take(5) + 257;
  const distanceCodes = reader.take(5) + 1;
  const lengthCodes = reader.take(4) + 4;
  if (literalCodes > 286 || distanceCodes > 30) {
    throw formatDamage('corrupt', 'a deflate block has too many codes');
  }
  lengths.fill(0, 0, 19);
  for (let i = 0; i < lengthCodes; i += 1) lengths[CODE_LENGTH_ORDER[i] as number] = reader.take(3);
  if (!buildTable(lengthTable, lengthMeanings, lengths.subarray(0, 19), false)) throw badCodes();
  readLengths(reader, literalCodes + distanceCodes);
  if (lengths[256] === 0) throw formatDamage('corrupt', 'a deflate block has no end-of-block code');
  const codes = literalCodes + distanceCodes;
  const good =
    buildTable(literals, literalMeanings, lengths.subarray(0, literalCodes), true) &&
    buildTable(distances, distanceMeanings, lengths.subarray(literalCodes, codes), true);
  if (!good) throw badCodes();
}

function readLengths(reader: BitReader, count: number): void {
  const { entries } = lengthTable;
  let filled = 0;
  while (filled < count) {
    const entry = entries[reader.peek(7)] as number;
    if ((entry & INVALID) !== 0) throw badCodes();
    reader.drop(entry & 15);
    const symbol = entry >>> 16;
    if (symbol < 16) {
      lengths[filled] = symbol;
      filled += 1;
      continue;
    }
    if (symbol === 16 && filled === 0) throw badCodes();
    const value = symbol === 16 ? (lengths[filled - 1] as number) : 0;
    const times =
      symbol === 16 ? 3 + reader.take(2) : symbol === 17 ? 3 + reader.take(3) : 11 + reader.take(7);
    if (filled + times > count) throw badCodes();
    lengths.fill(value, filled, filled + times);
    filled += times;
  }
}

function badCodes(): Error {
  return formatDamage('corrupt', 'a deflate block has invalid codes');
}
