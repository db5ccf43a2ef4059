import { crc32 } from 'node:zlib';
import { formatDamage } from '../damage.js';
import { INPUT_MARGIN_BYTES, Inflater, LOOKBACK_BYTES } from '../deflate/inflater.js';
import { gzipHeaderLength, looksLikeGzip, MAX_HEADER_BYTES } from './header.js';

/** Input is gathered in a buffer of this size; it must hold the longest member header. */
const BUFFER_BYTES = 524_288;
const TRAILER_BYTES = 8;
const HEADER_ROOM = MAX_HEADER_BYTES * 2 + 16;

/** A place in a gzip file where decoding can begin. */
export interface GzipPosition {
  /** Byte of the file, and the bit in it (0 is the lowest). */
  compressedAt: number;
  bit: number;
  /** Bytes of output before it, over all members. */
  outputAt: number;
  /** A member's deflate stream begins here: nothing before it is needed. */
  memberStart: boolean;
}

export interface GzipSink {
  /** The next bytes of output; only valid during the call. */
  output(bytes: Uint8Array): void;
  /** The next bytes of the file itself, each once, in order; all of those before a boundary come before it. */
  compressed?(bytes: Uint8Array): void;
  /** A deflate block begins. `sharedByte` is the byte that holds its first bit, when that is not the byte's lowest. */
  boundary?(position: GzipPosition, sharedByte: number | undefined): void;
  /** A member's CRC-32 and length were compared: all output up to `outputAt` is what was compressed. */
  verified?(outputAt: number): void;
}

/**
 * Decodes a gzip file of one or several members in pieces of any size, verifies each member's CRC-32 and length,
 * and says where blocks begin. What follows the last member and is no member is not an error, as for gzip itself:
 * zeros are silent (tapes pad), and `trailing` says where anything else begins.
 * @throws Damage
 */
export class GzipScanner {
  readonly #sink: GzipSink;
  readonly #inflater: Inflater;
  readonly #buffer = new Uint8Array(BUFFER_BYTES + INPUT_MARGIN_BYTES);
  #at = 0;
  #end = 0;
  /** Position in the file of the buffer's first byte. */
  #base = 0;
  /** How much of the buffer was handed to `compressed`. */
  #told = 0;
  #state: 'header' | 'deflate' | 'trailer' | 'zeros' | 'trailing' = 'header';
  #trailingAt: number | undefined;
  #members = 0;
  #crc = 0;
  #memberStartsAt = 0;

  /** Bytes of output so far, over all members. */
  outputAt = 0;

  constructor(sink: GzipSink) {
    this.#sink = sink;
    this.#inflater = new Inflater({
      output: (bytes) => {
        this.#crc = crc32(bytes, this.#crc);
        this.outputAt += bytes.length;
        sink.output(bytes);
      },
      boundary: (at, bit, total) => this.#boundary(at, bit, this.#memberStartsAt + total, false),
    });
  }

  /** What follows the last member and is neither zeros nor another member. */
  get trailing(): { at: number; bytes: number } | undefined {
    if (this.#trailingAt === undefined) return undefined;
    return { at: this.#trailingAt, bytes: this.#base + this.#end - this.#trailingAt };
  }

  /** The output before the position that `boundary` just told, up to 32 KiB of it. */
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

  /** The file is over. @throws Damage when it ended inside a member. */
  finish(): void {
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
    // What the inflater has read ahead may turn out to belong to the next block: it is not told yet.
    const from = Math.max(0, this.#at - LOOKBACK_BYTES);
    this.#tell(from);
    this.#buffer.copyWithin(0, from, this.#end);
    this.#base += from;
    this.#at -= from;
    this.#end -= from;
    this.#told -= from;
  }

  /** Takes one part of the file. False when more input is needed. */
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
    if (!last && this.#end - this.#at < HEADER_ROOM) return false;
    const length = gzipHeaderLength(this.#buffer, this.#at, this.#end);
    if (length === undefined) throw formatDamage('truncated', 'the gzip file ends inside a header');
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
    this.#sink.boundary({ compressedAt: this.#base + at, bit, outputAt, memberStart }, sharedByte);
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
        `a gzip member whose CRC-32 does not match, before byte ${this.#base + this.#at}`,
      );
    }
    if (view.getUint32(4, true) !== this.#inflater.total % 0x1_0000_0000) {
      throw formatDamage(
        'corrupt',
        `a gzip member whose length does not match, before byte ${this.#base + this.#at}`,
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

  /** Whether a member may begin here: a single byte is none. */
  #mayBeMember(): boolean {
    return looksLikeGzip(this.#buffer.subarray(this.#at, Math.min(this.#end, this.#at + 2)));
  }

  #beginTrailing(): boolean {
    this.#trailingAt = this.#base + this.#at;
    this.#state = 'trailing';
    return true;
  }
}
