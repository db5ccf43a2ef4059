import { formatDamage } from '../damage.js';
import { type BitBuffer, BitReader } from './bit-buffer.js';
import { readDynamicCodes } from './dynamic-header.js';
import {
  buildTable,
  distanceMeanings,
  literalMeanings,
  newDistanceTable,
  newLiteralTable,
} from './huffman.js';
import { OutputWindow } from './output-window.js';
import { decodeSymbols, SYMBOL_BYTES } from './symbols.js';

/** More than the longest block header (14 + 19·3 + 320·(7+7) bits, under 576 bytes) plus one symbol. */
export const INPUT_MARGIN_BYTES = 1024;
/** The bytes before the position where `run` stopped that its bit buffer may contain: the caller must keep them. */
export const LOOKBACK_BYTES = 4;

const FIXED_LENGTHS = Uint8Array.from({ length: 288 }, (_, i) =>
  i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8,
);
const FIXED_DISTANCES = new Uint8Array(32).fill(5);

/** What is expected next in the stream. */
type State = 'header' | 'stored' | 'symbols' | 'done';

export interface InflateSink {
  /** The next bytes of output; valid only during the call. */
  output(bytes: Uint8Array): void;
  /**
   * A block starts at bit `bit` of byte `at` of the input buffer, after `total` bytes of output. Not called for the
   * first block.
   */
  boundary(at: number, bit: number, total: number): void;
}

/**
 * An inflate implementation (RFC 1951) that reports block boundaries, which node:zlib cannot. A position between two
 * blocks and the 32 KiB of output before it are enough to start decoding in the middle of a stream. It decodes from a
 * buffer that the caller keeps (`run`), throws `Damage` for anything that is not deflate, and never reads outside its
 * input or writes outside its window.
 */
export class Inflater {
  readonly #sink: InflateSink;
  readonly #output: OutputWindow;
  readonly #buffer: BitBuffer = { hold: 0, bits: 0 };
  #state: State = 'header';
  #lastBlock = false;
  #storedLeft = 0;
  #firstBlock = true;
  /** Bits of the first byte that belong to the block before. */
  #skipBits = 0;
  readonly #literals = newLiteralTable();
  readonly #distances = newDistanceTable();

  constructor(sink: InflateSink) {
    this.#sink = sink;
    this.#output = new OutputWindow((bytes) => sink.output(bytes));
  }

  /** Starts a new stream, whose matches cannot refer to earlier output. */
  reset(): void {
    this.#output.reset();
    this.#buffer.hold = 0;
    this.#buffer.bits = 0;
    this.#state = 'header';
    this.#lastBlock = false;
    this.#firstBlock = true;
    this.#skipBits = 0;
  }

  /** Continues a stream at a boundary: bit `bit` of the next byte, after `total` bytes that end with `window`. */
  resume({ bit, window, total }: { bit: number; window: Uint8Array; total: number }): void {
    this.reset();
    this.#skipBits = bit;
    this.#output.resume(window, total);
  }

  /** Passes on all output so far. May be called during `boundary`. */
  flush(): void {
    this.#output.flush();
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** Bytes of output so far. */
  get total(): number {
    return this.#output.total;
  }

  /** A copy of the last 32 KiB of output, or of all if there is less. */
  window(): Uint8Array {
    return this.#output.last();
  }

  /**
   * Decodes `input` from `from` and returns where it stopped: at the end of the stream (`done`), or where fewer than
   * `INPUT_MARGIN_BYTES` are left. The next call must start there, with the same `LOOKBACK_BYTES` before. With `last`,
   * nothing follows `end`, and `input` has `INPUT_MARGIN_BYTES` more bytes of any value after it: a stream that needs
   * them is truncated. All output is passed on.
   */
  run(input: Uint8Array, from: number, end: number, last: boolean): number {
    const limit = last ? end + SYMBOL_BYTES : end - INPUT_MARGIN_BYTES;
    let at = from;
    while (this.#state !== 'done' && at <= limit) {
      if (this.#state === 'symbols') at = this.#symbols(input, at, limit);
      else if (this.#state === 'stored') at = this.#stored(input, at, end);
      else at = this.#blockHeader(input, at);
      if (last && at - (this.#buffer.bits >> 3) > end) {
        throw formatDamage('truncated', 'the deflate stream ends unexpectedly');
      }
      // A stored block may be empty and last: then it needs no more input.
      if (this.#state === 'stored' && this.#storedLeft > 0 && at >= end) break;
      if (this.#output.isFull) this.#output.flush();
    }
    this.#output.flush();
    return this.#state === 'done' ? this.#giveBack(at) : at;
  }

  /** Returns whole bytes that were read ahead to the input. */
  #giveBack(at: number): number {
    const buffer = this.#buffer;
    const back = buffer.bits >> 3;
    buffer.bits -= back * 8;
    buffer.hold &= (1 << buffer.bits) - 1;
    return at - back;
  }

  #blockHeader(input: Uint8Array, from: number): number {
    const buffer = this.#buffer;
    const at = this.#giveBack(from);
    if (!this.#firstBlock) {
      const partial = buffer.bits === 0 ? 0 : 1;
      this.#sink.boundary(at - partial, partial * (8 - buffer.bits), this.#output.total);
    }
    this.#firstBlock = false;
    const reader = new BitReader(input, at, buffer);
    reader.take(this.#skipBits);
    this.#skipBits = 0;
    this.#lastBlock = reader.take(1) === 1;
    const type = reader.take(2);
    if (type === 0) return this.#storedHeader(input, reader.at);
    if (type === 1) this.#fixedCodes();
    else if (type === 2) readDynamicCodes(reader, this.#literals, this.#distances);
    else throw formatDamage('corrupt', 'a deflate block has the invalid type 3');
    this.#state = 'symbols';
    return reader.at;
  }

  #fixedCodes(): void {
    buildTable(this.#literals, literalMeanings, FIXED_LENGTHS, false);
    buildTable(this.#distances, distanceMeanings, FIXED_DISTANCES, false);
  }

  #storedHeader(input: Uint8Array, from: number): number {
    const at = this.#giveBack(from);
    this.#buffer.hold = 0;
    this.#buffer.bits = 0;
    const length = (input[at] as number) | ((input[at + 1] as number) << 8);
    const complement = (input[at + 2] as number) | ((input[at + 3] as number) << 8);
    if ((length ^ complement) !== 0xffff) {
      throw formatDamage('corrupt', 'a stored block has a corrupt length');
    }
    this.#storedLeft = length;
    this.#state = 'stored';
    return at + 4;
  }

  #stored(input: Uint8Array, at: number, end: number): number {
    const count = Math.max(0, Math.min(this.#storedLeft, this.#output.limit - this.#output.at, end - at));
    this.#output.append(input.subarray(at, at + count));
    this.#storedLeft -= count;
    if (this.#storedLeft === 0) this.#endBlock();
    return at + count;
  }

  #symbols(input: Uint8Array, from: number, limit: number): number {
    const at = decodeSymbols(input, from, limit, {
      buffer: this.#buffer,
      literals: this.#literals,
      distances: this.#distances,
      output: this.#output,
    });
    if (this.#output.blockEnded) this.#endBlock();
    return at;
  }

  #endBlock(): void {
    this.#state = this.#lastBlock ? 'done' : 'header';
  }
}
