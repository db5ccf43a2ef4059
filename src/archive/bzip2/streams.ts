import type { CompressedTrailing } from '../notes.js';

/** The 48-bit markers at the start of each block (pi) and at the end of a stream (its square root). */
const BLOCK = Uint8Array.of(0x31, 0x41, 0x59, 0x26, 0x53, 0x59);
const END = Uint8Array.of(0x17, 0x72, 0x45, 0x38, 0x50, 0x90);
const MARK_BYTES = 6;
const CRC_BYTES = 4;
/** `BZh` and the block size, before the first marker. */
const HEADER_BYTES = 4;
/** Whole bytes needed to cover a marker and its CRC at any bit offset. */
const LOOK_BYTES = MARK_BYTES + CRC_BYTES + 1;

/** For each value of a marker's second byte: the bits of the byte before at which the marker may start. */
const SHIFTS = shiftsOf([BLOCK, END]);

/**
 * Finds where the streams of a bzip2 file end, without decoding: blocks and stream ends are marked by 48 bits at any
 * bit offset, and the CRC at the end of a stream is computed from those of its blocks. Bytes after the last stream that
 * do not start another one are not an error: `trailing` says where they start.
 */
export class Bzip2Streams {
  /** Unprocessed bytes; the first one is at offset `#at` of the file. */
  #held: Uint8Array = new Uint8Array(0);
  #at = 0;
  #bytes = 0;
  #crc = 0;
  /** The end of the current stream, where the next one may start. */
  #endAt: number | undefined;
  #trailingAt: number | undefined;

  get trailing(): Required<CompressedTrailing> | undefined {
    if (this.#trailingAt === undefined) return undefined;
    return { at: this.#trailingAt, bytes: this.#bytes - this.#trailingAt };
  }

  /** Bytes up to this offset certainly belong to streams. */
  get certainTo(): number {
    return this.#trailingAt ?? this.#endAt ?? this.#at;
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#trailingAt !== undefined) return;
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#walk();
    this.#held = this.#held.slice();
  }

  finish(): void {
    if (this.#endAt === undefined) {
      // The end of a stream may be the end of the file, so fewer bytes may follow than elsewhere.
      this.#held = Buffer.concat([this.#held, new Uint8Array(LOOK_BYTES - 1)]);
      this.#toEnd();
    }
    if (this.#endAt === undefined || this.#endAt >= this.#bytes) return;
    const rest = this.#held.subarray(0, this.#bytes - this.#endAt);
    if (rest.length < HEADER_BYTES || !beginsStream(rest)) this.#trailingAt = this.#endAt;
  }

  #walk(): void {
    for (;;) {
      if (this.#endAt !== undefined && !this.#afterEnd()) return;
      if (this.#trailingAt !== undefined || !this.#toEnd()) return;
    }
  }

  /** Whether it is known what follows the stream. */
  #afterEnd(): boolean {
    const next = this.#held.subarray(0, HEADER_BYTES + MARK_BYTES);
    const begins = beginsStream(next);
    if (begins && next.length < HEADER_BYTES + MARK_BYTES) return false;
    if (begins) this.#crc = 0;
    else this.#trailingAt = this.#endAt;
    this.#endAt = undefined;
    return true;
  }

  /** Advances to the end of the stream; false if more bytes are needed. */
  #toEnd(): boolean {
    const held = this.#held;
    const last = held.length - LOOK_BYTES;
    for (let i = 0; i <= last; i += 1) {
      const shifts = SHIFTS[held[i + 1] as number] as number;
      if (shifts === 0) continue;
      for (let bit = 0; bit < 8; bit += 1) {
        if (((shifts >> bit) & 1) === 0) continue;
        if (isMark(held, i, bit, BLOCK)) {
          this.#crc = ((this.#crc << 1) | (this.#crc >>> 31)) ^ wordAt(held, i + MARK_BYTES, bit);
        } else if (isMark(held, i, bit, END) && wordAt(held, i + MARK_BYTES, bit) === (this.#crc | 0)) {
          this.#advance(i + MARK_BYTES + CRC_BYTES + (bit > 0 ? 1 : 0));
          this.#endAt = this.#at;
          return true;
        }
      }
    }
    this.#advance(Math.max(0, last + 1));
    return false;
  }

  #advance(count: number): void {
    this.#at += count;
    this.#held = this.#held.subarray(count);
  }
}

/** Whether these bytes, as far as available, are the start of a stream. */
function beginsStream(bytes: Uint8Array): boolean {
  const isHeader = [0x42, 0x5a, 0x68].every((byte, i) => bytes[i] === undefined || bytes[i] === byte);
  const level = bytes[3] ?? 0x31;
  const mark = bytes.subarray(HEADER_BYTES);
  const isBegun = [BLOCK, END].some((wanted) => mark.every((byte, i) => byte === wanted[i]));
  return isHeader && level >= 0x31 && level <= 0x39 && isBegun;
}

function isMark(bytes: Uint8Array, from: number, bit: number, mark: Uint8Array): boolean {
  for (let i = 0; i < MARK_BYTES; i += 1) if (byteAt(bytes, from + i, bit) !== mark[i]) return false;
  return true;
}

/** Eight bits starting at `bit` of a byte, highest bit first. */
function byteAt(bytes: Uint8Array, at: number, bit: number): number {
  return ((((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0)) >> (8 - bit)) & 0xff;
}

function wordAt(bytes: Uint8Array, at: number, bit: number): number {
  let word = 0;
  for (let i = 0; i < CRC_BYTES; i += 1) word = (word << 8) | byteAt(bytes, at + i, bit);
  return word;
}

function shiftsOf(marks: readonly Uint8Array[]): Uint8Array {
  const shifts = new Uint8Array(256);
  for (const mark of marks) {
    for (let bit = 0; bit < 8; bit += 1) {
      // The second byte of a marker that starts at `bit` of the first byte.
      const second = ((((mark[0] as number) << 8) | (mark[1] as number)) >> bit) & 0xff;
      shifts[second] = (shifts[second] as number) | (1 << bit);
    }
  }
  return shifts;
}
