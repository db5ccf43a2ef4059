import { formatDamage } from '../damage.js';

/**
 * Makes node:zlib start at bit `bit` of a byte, with a prefix of empty deflate blocks whose bits end there. An empty
 * fixed block has 10 bits and the empty dynamic block below has 95, so every offset modulo 8 is possible and the data
 * need not be shifted: the last byte of the prefix includes the upper bits of the first byte of the data.
 */
export function entryPrefix(bit: number, firstByte: number): Uint8Array {
  const prefix = PREFIXES[bit];
  if (prefix === undefined) throw formatDamage('corrupt', `a checkpoint has the invalid bit offset ${bit}`);
  if (bit === 0) return new Uint8Array(0);
  const bytes = prefix.slice();
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] as number) | (firstByte & (0xff << bit) & 0xff);
  return bytes;
}

class BitWriter {
  readonly #bytes: number[] = [];
  #count = 0;

  /** Appends the low `bits` of `value`, lowest first. */
  put(value: number, bits: number): this {
    for (let i = 0; i < bits; i += 1, this.#count += 1) {
      if (this.#count % 8 === 0) this.#bytes.push(0);
      const at = this.#bytes.length - 1;
      this.#bytes[at] = (this.#bytes[at] as number) | (((value >> i) & 1) << (this.#count % 8));
    }
    return this;
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Not the last block, fixed codes, end of block: 3 + 7 bits. */
function emptyFixedBlock(to: BitWriter): void {
  to.put(0b010, 3).put(0, 7);
}

/**
 * Not the last block, dynamic codes: literal 0 and end-of-block have one bit each, and there are no distances. 95 bits.
 * In the code length code, 0 has one bit; 1 and 18 (a run of zeros) have two bits.
 */
function emptyDynamicBlock(to: BitWriter): void {
  to.put(0b100, 3).put(0, 5).put(0, 5).put(14, 4);
  const lengthOf: Readonly<Record<number, number>> = { 0: 1, 1: 2, 18: 2 };
  for (const symbol of [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1]) {
    to.put(lengthOf[symbol] ?? 0, 3);
  }
  const one = 0b01;
  const zeros = 0b11;
  to.put(one, 2);
  to.put(zeros, 2).put(138 - 11, 7);
  to.put(zeros, 2).put(117 - 11, 7);
  to.put(one, 2).put(0, 1);
  to.put(1, 1);
}

function prefixFor(bit: number): Uint8Array {
  const writer = new BitWriter();
  if (bit % 2 === 1) emptyDynamicBlock(writer);
  const fixedBlocks = bit % 2 === 1 ? ((bit + 1) % 8) / 2 : bit / 2;
  for (let i = 0; i < fixedBlocks; i += 1) emptyFixedBlock(writer);
  return writer.toBytes();
}

const PREFIXES: readonly Uint8Array[] = Array.from({ length: 8 }, (_, bit) => prefixFor(bit));
