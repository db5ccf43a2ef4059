import { crc32 } from 'node:zlib';
import { formatDamage } from '../damage.js';
import { RawMember, takeHeader } from './ranged.js';

/** Compressed bytes per zlib call. */
const SLICE_BYTES = 65_536;
const TRAILER_BYTES = 8;

/**
 * Decodes a gzip file of one or more members on zlib's threads, and verifies the CRC-32 and length of each member. Data
 * after the last member ends the output; `trailing` says where it starts, unless it is zeros.
 */
export class GzipMembers {
  /** How much of the output the checksums of complete members prove. */
  provenTo = 0;
  trailing: { at: number; bytes: number } | undefined;
  #outputAt = 0;

  /** All output. Yields what was decoded before damage, then throws. @throws Damage */
  async *output(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let part: Part = new Header(true);
    let at = 0;
    try {
      for await (const chunk of source) {
        for (let from = 0; from < chunk.length; ) {
          const piece = chunk.subarray(from, from + SLICE_BYTES);
          const taken: Taken = await part.take(piece);
          for (const bytes of taken.output) {
            this.#outputAt += bytes.length;
            yield bytes;
          }
          if (taken.fault !== undefined) throw taken.fault;
          if (taken.next instanceof Rest) part = taken.next;
          if (part instanceof Rest) {
            this.#sawTrailing(taken.before ?? new Uint8Array(0), at + from - (taken.before?.length ?? 0));
            this.#sawTrailing(chunk.subarray(from), at + from);
            break;
          }
          if (part instanceof Trailer && taken.next !== undefined) this.provenTo = this.#outputAt;
          from += taken.bytes;
          if (taken.next !== undefined) part = taken.next;
        }
        at += chunk.length;
      }
    } finally {
      part.close();
    }
    if (part instanceof Header) this.#sawTrailing(part.held, at - part.held.length);
    if (!part.mayEnd) throw formatDamage('truncated', `the gzip file ends inside a member, at byte ${at}`);
  }

  #sawTrailing(bytes: Uint8Array, at: number): void {
    const first = bytes.findIndex((byte) => byte !== 0);
    if (this.trailing !== undefined) this.trailing.bytes += bytes.length;
    else if (first >= 0) this.trailing = { at: at + first, bytes: bytes.length - first };
  }
}

interface Taken {
  output: readonly Uint8Array[];
  /** Number of bytes used from the piece. */
  bytes: number;
  next?: Part;
  /** If `Rest` is next: the bytes of earlier pieces that belong to it. */
  before?: Uint8Array;
  fault?: Error;
}

/** One part of the file, parsed as a stream. */
interface Part {
  readonly mayEnd: boolean;
  take(piece: Uint8Array): Promise<Taken> | Taken;
  close(): void;
}

class Header implements Part {
  #head: Uint8Array = new Uint8Array(0);
  readonly #first: boolean;

  constructor(first: boolean) {
    this.#first = first;
  }

  /** Fewer than the two magic bytes do not start a member. */
  get mayEnd(): boolean {
    return !this.#first && this.#head.length < 2;
  }

  /** The bytes so far of what may be another member's header. */
  get held(): Uint8Array {
    return this.mayEnd ? this.#head : new Uint8Array(0);
  }

  take(piece: Uint8Array): Taken {
    if (this.mayEnd) {
      const start = Uint8Array.of(...this.#head, ...piece.subarray(0, 2));
      if (start[0] !== 0x1f || (start[1] ?? 0x8b) !== 0x8b)
        return { output: [], bytes: 0, next: new Rest(), before: this.#head };
      if (start.length < 2) {
        this.#head = start;
        return { output: [], bytes: piece.length };
      }
    }
    const { head, rest } = takeHeader(this.#head, piece);
    const bytes = piece.length - rest.length;
    if (head !== undefined) {
      this.#head = head;
      return { output: [], bytes: piece.length };
    }
    return { output: [], bytes, next: new Content() };
  }

  close(): void {}
}

class Content implements Part {
  readonly mayEnd = false;
  readonly #member = new RawMember(new Uint8Array(0));
  #crc = 0;
  #length = 0;

  async take(piece: Uint8Array): Promise<Taken> {
    const member = this.#member;
    const { output, fault } = await member.tryWrite(piece);
    for (const bytes of output) {
      this.#crc = crc32(bytes, this.#crc);
      this.#length += bytes.length;
    }
    if (fault !== undefined) return { output, bytes: 0, fault };
    if (!member.ended) return { output, bytes: piece.length };
    member.close();
    return { output, bytes: piece.length - member.unused, next: new Trailer(this.#crc, this.#length) };
  }

  close(): void {
    this.#member.close();
  }
}

class Trailer implements Part {
  readonly mayEnd = false;
  readonly #bytes = new Uint8Array(TRAILER_BYTES);
  #filled = 0;
  readonly #crc: number;
  readonly #length: number;

  constructor(crc: number, length: number) {
    this.#crc = crc;
    this.#length = length;
  }

  take(piece: Uint8Array): Taken {
    const count = Math.min(TRAILER_BYTES - this.#filled, piece.length);
    this.#bytes.set(piece.subarray(0, count), this.#filled);
    this.#filled += count;
    if (this.#filled < TRAILER_BYTES) return { output: [], bytes: count };
    const view = new DataView(this.#bytes.buffer);
    if (view.getUint32(0, true) !== this.#crc)
      throw formatDamage('corrupt', 'the CRC-32 of a gzip member does not match');
    if (view.getUint32(4, true) !== this.#length % 0x1_0000_0000)
      throw formatDamage('corrupt', 'the length of a gzip member does not match');
    return { output: [], bytes: count, next: new Header(false) };
  }

  close(): void {}
}

/** The data after the last member. */
class Rest implements Part {
  readonly mayEnd = true;

  take(piece: Uint8Array): Taken {
    return { output: [], bytes: piece.length };
  }

  close(): void {}
}
