import { formatDamage } from '../damage.js';
import type { BitBuffer } from './bit-buffer.js';
import {
  DISTANCE_ROOT_BITS,
  END_OF_BLOCK,
  INVALID,
  LITERAL,
  LITERAL_ROOT_BITS,
  SUBTABLE,
  type Table,
} from './huffman.js';
import type { OutputWindow } from './output-window.js';

/** One symbol takes at most 48 bits, and the bit buffer reads two bytes ahead. */
export const SYMBOL_BYTES = 12;

/** The state for decoding a block: unused bits, two tables, and the output. */
interface Block {
  buffer: BitBuffer;
  literals: Table;
  distances: Table;
  output: OutputWindow;
}

/**
 * Decodes literals and matches until the block ends (`output.blockEnded`), `output` is full, or `at` exceeds `limit`;
 * returns where it stopped. A pass spends nearly all its time here, so this is one loop with only local variables,
 * two-byte refills, and no calls. @throws Damage
 */
export function decodeSymbols(input: Uint8Array, from: number, limit: number, block: Block): number {
  const { buffer, output } = block;
  const out = output.bytes;
  const literals = block.literals.entries;
  const distances = block.distances.entries;
  const literalMask = (1 << LITERAL_ROOT_BITS) - 1;
  const distanceMask = (1 << DISTANCE_ROOT_BITS) - 1;
  const outLimit = output.limit;
  const start = output.at;
  // The position of the stream's first byte in `out`, before which no match may reach.
  const reachable = start - output.total;
  let outAt = start;
  let at = from;
  let hold = buffer.hold;
  let bits = buffer.bits;
  let ended = false;
  while (outAt < outLimit && at <= limit) {
    if (bits < 16) {
      hold |= ((input[at] as number) | ((input[at + 1] as number) << 8)) << bits;
      at += 2;
      bits += 16;
    }
    let entry = literals[hold & literalMask] as number;
    if ((entry & LITERAL) !== 0) {
      hold >>>= entry & 15;
      bits -= entry & 15;
      out[outAt++] = entry >>> 16;
      entry = literals[hold & literalMask] as number;
      if ((entry & LITERAL) === 0 || (entry & 15) > bits) continue;
      hold >>>= entry & 15;
      bits -= entry & 15;
      out[outAt++] = entry >>> 16;
      continue;
    }
    if ((entry & SUBTABLE) !== 0) {
      entry = literals[
        (entry >>> 16) + ((hold >>> LITERAL_ROOT_BITS) & ((1 << ((entry >>> 4) & 15)) - 1))
      ] as number;
    }
    hold >>>= entry & 15;
    bits -= entry & 15;
    if ((entry & (LITERAL | END_OF_BLOCK | INVALID)) !== 0) {
      if ((entry & LITERAL) !== 0) {
        out[outAt++] = entry >>> 16;
        continue;
      }
      if ((entry & INVALID) !== 0) throw badCode();
      ended = true;
      break;
    }
    if (bits < 16) {
      hold |= ((input[at] as number) | ((input[at + 1] as number) << 8)) << bits;
      at += 2;
      bits += 16;
    }
    let extra = (entry >>> 4) & 15;
    const length = (entry >>> 16) + (hold & ((1 << extra) - 1));
    hold >>>= extra;
    bits -= extra;
    if (bits < 16) {
      hold |= ((input[at] as number) | ((input[at + 1] as number) << 8)) << bits;
      at += 2;
      bits += 16;
    }
    entry = distances[hold & distanceMask] as number;
    if ((entry & SUBTABLE) !== 0) {
      entry = distances[
        (entry >>> 16) + ((hold >>> DISTANCE_ROOT_BITS) & ((1 << ((entry >>> 4) & 15)) - 1))
      ] as number;
    }
    if ((entry & INVALID) !== 0) throw badCode();
    hold >>>= entry & 15;
    bits -= entry & 15;
    extra = (entry >>> 4) & 15;
    if (bits < extra) {
      hold |= ((input[at] as number) | ((input[at + 1] as number) << 8)) << bits;
      at += 2;
      bits += 16;
    }
    const distance = (entry >>> 16) + (hold & ((1 << extra) - 1));
    hold >>>= extra;
    bits -= extra;
    let source = outAt - distance;
    if (source < reachable || source < 0)
      throw formatDamage('corrupt', 'a deflate match refers to data before the start of the stream');
    if (length > 40 && distance >= length) {
      out.copyWithin(outAt, source, source + length);
      outAt += length;
    } else {
      // A match has at least three bytes.
      const stop = outAt + length;
      out[outAt] = out[source] as number;
      out[outAt + 1] = out[source + 1] as number;
      out[outAt + 2] = out[source + 2] as number;
      outAt += 3;
      source += 3;
      while (outAt < stop) out[outAt++] = out[source++] as number;
    }
  }
  output.total += outAt - start;
  output.at = outAt;
  output.blockEnded = ended;
  buffer.hold = hold;
  buffer.bits = bits;
  return at;
}

function badCode(): Error {
  return formatDamage('corrupt', 'an invalid deflate code');
}
