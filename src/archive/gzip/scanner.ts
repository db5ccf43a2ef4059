import { crc32 } from 'node:zlib';
import { formatDamage } from '../damage.js';
import { INPUT_MARGIN_BYTES, Inflater, LOOKBACK_BYTES } from '../deflate/inflater.js';
import { gzipHeaderLength, looksLikeGzip, MAX_HEADER_BYTES } from './header.js';

/** The size of the input buffer; it must fit the longest member header. */
const BUFFER_BYTES = 524_288;
const TRAILER_BYTES = 8;
const HEADER_ROOM = MAX_HEADER_BYTES * 2 + 16;

/** A position in a gzip file where decoding can start. */
export interface GzipPosition {
  /** The byte offset in the file, and the bit in that byte (0 is the lowest). */
  compressedAt: number;
  bit: number;
  /** Bytes of output before it, in all members. */
  outputAt: number;
  /** Whether a member's deflate stream starts here, so that nothing before it is needed. */
  memberStart: boolean;
}

/** What another scanner needs to continue at a position, or in what follows the last member. */
export interface GzipPoint {
  compressedAt: number;
  outputAt: number;
  in:
    | {
        kind: 'deflate';
        bit: number;
        /** The last output before it, up to 32 KiB. */
        window: Uint8Array;
        /** The CRC-32 and the length of the output of this member. */
        crc: number;
        memberBytes: number;
      }
    | { kind: 'zeros' }
    | { kind: 'trailing'; trailingAt: number };
}

export interface GzipSink {
  /** The next bytes of output; valid only during the call. */
  output(bytes: Uint8Array): void;
  /** The next bytes of the file itself, each once and in order, and always before the boundary that follows them. */
  compressed?(bytes: Uint8Array): void;
  /** A deflate block starts. `sharedByte` is the byte with its first bit, if that is not the lowest bit. */
  boundary?(position: GzipPosition, sharedByte: number | undefined): void;
  /** The CRC-32 and length of a member match, so all output up to `outputAt` is verified. */
  verified?(outputAt: number): void;
}

/**
 * Decodes a gzip file of one or more members in pieces of any size, verifies the CRC-32 and length of each member, and
 * reports block boundaries. As in gzip itself, data after the last member is not an error: zeros are ignored (tapes are
 * padded), and `trailing` says where anything else starts.
 * @throws Damage
 */
export class GzipScanner {
  readonly #sink: GzipSink;
  readonly #inflater: Inflater;
  readonly #buffer = new Uint8Array(BUFFER_BYTES + INPUT_MARGIN_BYTES);
  #at = 0;
  #end = 0;
  /** File offset of the first byte in the buffer. */
  #base = 0;
  /** How much of the buffer was passed to `compressed`. */
  #told = 0;
  #state: 'header' | 'deflate' | 'trailer' | 'zeros' | 'trailing' = 'header';
  #trailingAt: number | undefined;
  #members = 0;
  #crc = 0;
  #memberStartsAt = 0;
  /** The position of the current `boundary` call. */
  #boundaryAt: GzipPosition | undefined;

  /** Bytes of output so far, in all members. */
  outputAt = 0;

  /** @param from where another scanner stopped: then the first byte to push is that at `from.compressedAt` */
  constructor(sink: GzipSink, from?: GzipPoint) {
    this.#sink = sink;
    this.#inflater = new Inflater({
      output: (bytes) => {
        this.#crc = crc32(bytes, this.#crc);
        this.outputAt += bytes.length;
        sink.output(bytes);
      },
      boundary: (at, bit, total) => this.#boundary(at, bit, this.#memberStartsAt + total, false),
    });
    if (from !== undefined) this.#continue(from);
  }

  #continue({ compressedAt, outputAt, in: where }: GzipPoint): void {
    this.#base = compressedAt;
    this.outputAt = outputAt;
    this.#members = 1;
    this.#state = where.kind;
    if (where.kind === 'trailing') this.#trailingAt = where.trailingAt;
    if (where.kind !== 'deflate') return;
    const { bit, window, crc, memberBytes } = where;
    this.#inflater.resume({ bit, window, total: memberBytes });
    this.#crc = crc;
    this.#memberStartsAt = outputAt - memberBytes;
  }

  /**
   * Where another scanner can continue, after all output before it was passed on. There is such a place during
   * `boundary`, and always after the last member.
   */
  point(): GzipPoint | undefined {
    if (this.#boundaryAt !== undefined) {
      const { compressedAt, bit } = this.#boundaryAt;
      this.#inflater.flush();
      const memberBytes = this.outputAt - this.#memberStartsAt;
      const deflate = { bit, window: this.#inflater.window(), crc: this.#crc, memberBytes };
      return { compressedAt, outputAt: this.outputAt, in: { kind: 'deflate', ...deflate } };
    }
    const at = { compressedAt: this.#base + this.#at, outputAt: this.outputAt };
    if (this.#state === 'zeros') return { ...at, in: { kind: 'zeros' } };
    if (this.#state !== 'trailing' || this.#trailingAt === undefined) return undefined;
    return { ...at, in: { kind: 'trailing', trailingAt: this.#trailingAt } };
  }

  /** Data after the last member that is neither zeros nor another member. */
  get trailing(): { at: number; bytes: number } | undefined {
    if (this.#trailingAt === undefined) return undefined;
    return { at: this.#trailingAt, bytes: this.#base + this.#end - this.#trailingAt };
  }

  /** Up to 32 KiB of output before the position of the current `boundary` call. */
  window(): Uint8Array {
    return this.#inflater.window();
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length) {
      const count = Math.min(BUFFER_BYTES - this.#end, chunk.length - from);
      this.#buffer.set(chunk.subarray(from, from + count), this.#end);
      this.#end += count;
      from += count;
      this.#work(false);
    }
  }

  /** Ends the file. @throws Damage if it ends inside a member */
  finish(): void {
    // Whatever a truncated stream finds after its end, it finds the same in every read.
    this.#buffer.fill(0, this.#end, this.#end + INPUT_MARGIN_BYTES);
    this.#work(true);
    if (this.#members === 0 || !this.#atRest) {
      throw formatDamage('truncated', `the gzip file ends inside a member, at byte ${this.#base + this.#at}`);
    }
    this.#tell(this.#end);
  }

  /** Whether the file may end here. */
  get #atRest(): boolean {
    return this.#state === 'header' || this.#state === 'zeros' || this.#state === 'trailing';
  }

  #work(last: boolean): void {
    while (this.#step(last));
    // Hold back what the inflater has read ahead: it may belong to the next block.
    const from = Math.max(0, this.#at - LOOKBACK_BYTES);
    this.#tell(from);
    this.#buffer.copyWithin(0, from, this.#end);
    this.#base += from;
    this.#at -= from;
    this.#end -= from;
    this.#told -= from;
  }

  /** Processes one part of the file. False if more input is needed. */
  #step(last: boolean): boolean {
    if (this.#state === 'deflate') return this.#deflate(last);
    if (this.#state === 'trailer') return this.#trailer();
    if (this.#state === 'zeros') return this.#zeros();
    if (this.#state === 'trailing') {
      this.#at = this.#end;
      return false;
    }
    return this.#header(last);
  }

  #header(last: boolean): boolean {
    if (this.#at === this.#end) return false;
    if (this.#members > 0 && this.#buffer[this.#at] === 0) {
      this.#state = 'zeros';
      return true;
    }
    if (this.#members > 0 && this.#end - this.#at < 2 && !last) return false;
    if (this.#members > 0 && !this.#mayBeMember()) return this.#beginTrailing();
    const length = gzipHeaderLength(this.#buffer, this.#at, this.#end);
    if (length === undefined) {
      if (!last && this.#end - this.#at < HEADER_ROOM) return false;
      throw formatDamage('truncated', 'the gzip file ends inside a header');
    }
    this.#at += length;
    this.#members += 1;
    this.#crc = 0;
    this.#memberStartsAt = this.outputAt;
    this.#inflater.reset();
    this.#state = 'deflate';
    this.#boundary(this.#at, 0, this.outputAt, true);
    return true;
  }

  #boundary(at: number, bit: number, outputAt: number, memberStart: boolean): void {
    if (this.#sink.boundary === undefined) return;
    this.#tell(at);
    const sharedByte = bit === 0 ? undefined : this.#buffer[at];
    this.#boundaryAt = { compressedAt: this.#base + at, bit, outputAt, memberStart };
    this.#sink.boundary(this.#boundaryAt, sharedByte);
    this.#boundaryAt = undefined;
  }

  #tell(to: number): void {
    if (to <= this.#told) return;
    this.#sink.compressed?.(this.#buffer.subarray(this.#told, to));
    this.#told = to;
  }

  #deflate(last: boolean): boolean {
    this.#at = this.#inflater.run(this.#buffer, this.#at, this.#end, last);
    if (!this.#inflater.done) {
      if (last) throw formatDamage('truncated', 'the gzip file ends inside a deflate stream');
      return false;
    }
    this.#state = 'trailer';
    return true;
  }

  #trailer(): boolean {
    if (this.#end - this.#at < TRAILER_BYTES) return false;
    const view = new DataView(this.#buffer.buffer, this.#at, TRAILER_BYTES);
    if (view.getUint32(0, true) !== this.#crc) {
      throw formatDamage(
        'corrupt',
        `the CRC-32 of the gzip member before byte ${this.#base + this.#at} does not match`,
      );
    }
    if (view.getUint32(4, true) !== this.#inflater.total % 0x1_0000_0000) {
      throw formatDamage(
        'corrupt',
        `the length of the gzip member before byte ${this.#base + this.#at} does not match`,
      );
    }
    this.#at += TRAILER_BYTES;
    this.#state = 'header';
    this.#sink.verified?.(this.outputAt);
    return true;
  }

  #zeros(): boolean {
    for (; this.#at < this.#end; this.#at += 1) {
      if (this.#buffer[this.#at] !== 0) return this.#beginTrailing();
    }
    return false;
  }

  /** Whether a member may start here: a single byte is not enough. */
  #mayBeMember(): boolean {
    return looksLikeGzip(this.#buffer.subarray(this.#at, Math.min(this.#end, this.#at + 2)));
  }

  #beginTrailing(): boolean {
    this.#trailingAt = this.#base + this.#at;
    this.#state = 'trailing';
    return true;
  }
}
