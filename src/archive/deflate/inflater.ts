import { formatDamage } from '../damage.js';
import {
  buildTable,
  DISTANCE_ROOT_BITS,
  distanceMeanings,
  END_OF_BLOCK,
  INVALID,
  LITERAL,
  LITERAL_ROOT_BITS,
  lengthMeanings,
  literalMeanings,
  newDistanceTable,
  newLengthTable,
  newLiteralTable,
  SUBTABLE,
} from './huffman.js';

/** How far back a match may reach (RFC 1951, 2). */
export const WINDOW_BYTES = 32_768;
const LONGEST_MATCH = 258;
/** Output is handed over in pieces of this size; with the window before it, it still fits the L2 cache. */
const OUTPUT_BYTES = 262_144;
/** Room behind the output limit: the last symbol's literals and one longest match. */
const OUTPUT_SLACK = LONGEST_MATCH + 2;
/** The most that a block's header can take (14 + 19·3 + 320·(7+7) bits is under 576 bytes), with room for one symbol. */
export const INPUT_MARGIN_BYTES = 1024;
/** As many bytes before the place where `run` stopped as its bit buffer may hold: they must stay before it. */
export const LOOKBACK_BYTES = 4;
/** One symbol takes at most 48 bits, and the bit buffer reads two bytes ahead. */
const SYMBOL_BYTES = 12;

const CODE_LENGTH_ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);

const FIXED_LENGTHS = Uint8Array.from({ length: 288 }, (_, i) =>
  i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8,
);
const FIXED_DISTANCES = new Uint8Array(32).fill(5);

/** What comes next in the stream. */
type State = 'header' | 'stored' | 'symbols' | 'done';

export interface InflateSink {
  /** The next bytes of output; they are overwritten as soon as the call is over. */
  output(bytes: Uint8Array): void;
  /**
   * A block begins at bit `bit` of byte `at` of the input buffer, and `total` bytes of output came before it.
   * Not called for the first block.
   */
  boundary(at: number, bit: number, total: number): void;
}

/**
 * An inflate (RFC 1951) that says where its blocks begin, which node:zlib can't: a position between two blocks and
 * the 32 KiB of output before it are all that is needed to begin in the middle of a stream. It decodes from a
 * buffer that the caller keeps (`run`), throws `Damage` for anything that is not deflate, and never reads a byte
 * that was not handed to it or writes outside its own window.
 */
export class Inflater {
  /** Bytes of output so far. */
  total = 0;

  private readonly sink: InflateSink;
  private readonly out = new Uint8Array(WINDOW_BYTES + OUTPUT_BYTES + OUTPUT_SLACK);
  private outAt = 0;
  private handedTo = 0;
  private hold = 0;
  private bits = 0;
  private state: State = 'header';
  private lastBlock = false;
  private storedLeft = 0;
  private firstBlock = true;

  private readonly literals = newLiteralTable();
  private readonly distances = newDistanceTable();
  private readonly lengthCodes = newLengthTable();
  private readonly lengths = new Uint8Array(320);

  constructor(sink: InflateSink) {
    this.sink = sink;
  }

  /** Begins a new stream; output of an earlier one is no longer in reach of its matches. */
  reset(): void {
    this.total = 0;
    this.outAt = 0;
    this.handedTo = 0;
    this.hold = 0;
    this.bits = 0;
    this.state = 'header';
    this.lastBlock = false;
    this.firstBlock = true;
  }

  get done(): boolean {
    return this.state === 'done';
  }

  /** A copy of the output's last 32 KiB, or all of it where there is less. */
  window(): Uint8Array {
    return this.out.slice(Math.max(this.outAt - Math.min(this.total, WINDOW_BYTES), 0), this.outAt);
  }

  /**
   * Decodes `input` from `from` and returns where it stopped: at the stream's end (`done`), or where fewer than
   * `INPUT_MARGIN_BYTES` are left; the next call begins there, and the `LOOKBACK_BYTES` before are still the same. With `last`, nothing comes after `end`, and `input` has `INPUT_MARGIN_BYTES`
   * more bytes behind it (of any value); a stream that needs them is truncated. All output is handed over.
   */
  run(input: Uint8Array, from: number, end: number, last: boolean): number {
    const limit = last ? end + SYMBOL_BYTES : end - INPUT_MARGIN_BYTES;
    let at = from;
    while (this.state !== 'done' && at <= limit) {
      if (this.state === 'symbols') at = this.symbols(input, at, limit);
      else if (this.state === 'stored') at = this.stored(input, at, end);
      else at = this.blockHeader(input, at);
      if (last && at - (this.bits >> 3) > end)
        throw formatDamage('truncated', 'the deflate stream ends too early');
      if (this.state === 'stored' && at >= end) break;
      if (this.outAt >= WINDOW_BYTES + OUTPUT_BYTES) this.handOver();
    }
    this.handOver();
    if (this.state === 'done') at = this.giveBack(at);
    return at;
  }

  /** Whole bytes that were read ahead go back to the caller. */
  private giveBack(at: number): number {
    const back = this.bits >> 3;
    this.bits = 0;
    this.hold = 0;
    return at - back;
  }

  private handOver(): void {
    if (this.outAt > this.handedTo) this.sink.output(this.out.subarray(this.handedTo, this.outAt));
    if (this.outAt >= WINDOW_BYTES + OUTPUT_BYTES / 2) {
      this.out.copyWithin(0, this.outAt - WINDOW_BYTES, this.outAt);
      this.outAt = WINDOW_BYTES;
    }
    this.handedTo = this.outAt;
  }

  private blockHeader(input: Uint8Array, from: number): number {
    const back = this.bits >> 3;
    let at = from - back;
    this.bits -= back * 8;
    this.hold &= (1 << this.bits) - 1;
    if (!this.firstBlock) {
      if (this.bits === 0) this.sink.boundary(at, 0, this.total);
      else this.sink.boundary(at - 1, 8 - this.bits, this.total);
    }
    this.firstBlock = false;
    this.hold |= (input[at] as number) << this.bits;
    this.bits += 8;
    at += 1;
    this.lastBlock = (this.hold & 1) === 1;
    const type = (this.hold >> 1) & 3;
    this.hold >>>= 3;
    this.bits -= 3;
    if (type === 0) return this.storedHeader(input, at);
    if (type === 1) return this.fixedHeader(at);
    if (type === 2) return this.dynamicHeader(input, at);
    throw formatDamage('corrupt', 'a deflate block of type 3');
  }

  private storedHeader(input: Uint8Array, from: number): number {
    const at = from - (this.bits >> 3);
    this.hold = 0;
    this.bits = 0;
    const length = (input[at] as number) | ((input[at + 1] as number) << 8);
    const complement = (input[at + 2] as number) | ((input[at + 3] as number) << 8);
    if ((length ^ complement) !== 0xffff)
      throw formatDamage('corrupt', 'a stored block whose length is damaged');
    this.storedLeft = length;
    this.state = 'stored';
    return at + 4;
  }

  private stored(input: Uint8Array, at: number, end: number): number {
    const room = WINDOW_BYTES + OUTPUT_BYTES - this.outAt;
    const count = Math.max(0, Math.min(this.storedLeft, room, end - at));
    if (count > 0) {
      this.out.set(input.subarray(at, at + count), this.outAt);
      this.outAt += count;
      this.total += count;
      this.storedLeft -= count;
    }
    if (this.storedLeft === 0) this.endBlock();
    return at + count;
  }

  private endBlock(): void {
    this.state = this.lastBlock ? 'done' : 'header';
  }

  private fixedHeader(at: number): number {
    buildTable(this.literals, literalMeanings, FIXED_LENGTHS, 0, 288, false);
    buildTable(this.distances, distanceMeanings, FIXED_DISTANCES, 0, 32, false);
    this.state = 'symbols';
    return at;
  }

  private dynamicHeader(input: Uint8Array, from: number): number {
    const reader = new BitReader(input, from, this.hold, this.bits);
    const literalCodes = reader.take(5) + 257;
    const distanceCodes = reader.take(5) + 1;
    const lengthCodes = reader.take(4) + 4;
    if (literalCodes > 286 || distanceCodes > 30)
      throw formatDamage('corrupt', 'too many codes in a deflate block');
    const { lengths } = this;
    lengths.fill(0, 0, 19);
    for (let i = 0; i < lengthCodes; i += 1) lengths[CODE_LENGTH_ORDER[i] as number] = reader.take(3);
    if (!buildTable(this.lengthCodes, lengthMeanings, lengths, 0, 19, false)) throw badCode();
    this.codeLengths(reader, literalCodes + distanceCodes);
    if (lengths[256] === 0) throw formatDamage('corrupt', 'a deflate block without an end');
    if (!buildTable(this.literals, literalMeanings, lengths, 0, literalCodes, true)) throw badCode();
    const codes = literalCodes + distanceCodes;
    if (!buildTable(this.distances, distanceMeanings, lengths, literalCodes, codes, true)) throw badCode();
    this.hold = reader.hold;
    this.bits = reader.bits;
    this.state = 'symbols';
    return reader.at;
  }

  private codeLengths(reader: BitReader, count: number): void {
    const { lengths } = this;
    const { entries } = this.lengthCodes;
    let filled = 0;
    while (filled < count) {
      reader.need(7);
      const entry = entries[reader.hold & 127] as number;
      if ((entry & INVALID) !== 0) throw badCode();
      reader.drop(entry & 15);
      const symbol = entry >>> 16;
      if (symbol < 16) {
        lengths[filled] = symbol;
        filled += 1;
        continue;
      }
      if (symbol === 16 && filled === 0) throw badCode();
      const value = symbol === 16 ? (lengths[filled - 1] as number) : 0;
      const times =
        symbol === 16 ? 3 + reader.take(2) : symbol === 17 ? 3 + reader.take(3) : 11 + reader.take(7);
      if (filled + times > count) throw badCode();
      lengths.fill(value, filled, filled + times);
      filled += times;
    }
  }

  /** The hot loop: every variable local, one refill of two bytes per step, matches copied byte by byte. */
  private symbols(input: Uint8Array, from: number, limit: number): number {
    const { out } = this;
    const literals = this.literals.entries;
    const distances = this.distances.entries;
    const literalMask = (1 << LITERAL_ROOT_BITS) - 1;
    const distanceMask = (1 << DISTANCE_ROOT_BITS) - 1;
    const outLimit = WINDOW_BYTES + OUTPUT_BYTES;
    const start = this.outAt;
    /** Nothing lies before the stream's first byte: `reachable` is where it is (or was) in `out`. */
    const reachable = start - this.total;
    let outAt = start;
    let at = from;
    let hold = this.hold;
    let bits = this.bits;
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
        throw formatDamage('corrupt', 'a match reaches before the beginning');
      if (length > 40 && distance >= length) {
        out.copyWithin(outAt, source, source + length);
        outAt += length;
      } else {
        const stop = outAt + length;
        while (outAt < stop) out[outAt++] = out[source++] as number;
      }
    }
    this.total += outAt - start;
    this.outAt = outAt;
    this.hold = hold;
    this.bits = bits;
    if (ended) this.endBlock();
    return at;
  }
}

/** Takes bits from a block's header; the caller made sure that the longest header is there. */
class BitReader {
  constructor(
    private readonly input: Uint8Array,
    public at: number,
    public hold: number,
    public bits: number,
  ) {}

  need(count: number): void {
    while (this.bits < count) {
      this.hold |= (this.input[this.at] as number) << this.bits;
      this.at += 1;
      this.bits += 8;
    }
  }

  drop(count: number): void {
    this.hold >>>= count;
    this.bits -= count;
  }

  take(count: number): number {
    this.need(count);
    const value = this.hold & ((1 << count) - 1);
    this.drop(count);
    return value;
  }
}

function badCode(): Error {
  return formatDamage('corrupt', 'a deflate code that means nothing');
}
