import { formatDamage } from '../damage.js';
import { holePieces } from '../holes.js';

/** A part of a sparse file that is stored; between the parts are holes. */
export interface SparseSegment {
  /** Where in the expanded file it begins. */
  at: number;
  bytes: number;
}

/** All stored parts of a sparse file, in order, none of them empty. */
export type SparseMap = readonly SparseSegment[];

/** More parts than this are not from a real archiver: as many as a 4 MiB map can name. */
export const MAX_SPARSE_SEGMENTS = 172_032;

/**
 * The map that an archive gives as offset, length, offset, length…; undefined where it contradicts itself, the file's
 * size or the stored bytes: then the content cannot be put together.
 */
export function sparseMapOf(
  numbers: readonly number[],
  sizeBytes: number,
  storedBytes: number,
): SparseMap | undefined {
  if (numbers.length % 2 !== 0 || numbers.length > MAX_SPARSE_SEGMENTS * 2) return undefined;
  const map: SparseSegment[] = [];
  let end = 0;
  let stored = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    const at = numbers[i] as number;
    const bytes = numbers[i + 1] as number;
    // An empty part only says where the file ends.
    if (bytes === 0 && at <= sizeBytes) continue;
    if (at < end || bytes < 0 || at + bytes > sizeBytes) return undefined;
    map.push({ at, bytes });
    end = at + bytes;
    stored += bytes;
  }
  return stored === storedBytes ? map : undefined;
}

/** Reads the map that precedes the content of a member in GNU's pax format 1.0: decimal lines, padded to a block. */
export class SparseMapText {
  readonly numbers: number[] = [];
  #value = 0;
  #digits = 0;
  #expected: number | undefined;

  /** Takes the next block. True once the map is complete. @throws Damage */
  block(bytes: Uint8Array): boolean {
    for (const byte of bytes) {
      if (byte === 0x0a) {
        this.#line();
        if (this.numbers.length === this.#expected) return true;
        continue;
      }
      const digit = byte - 0x30;
      if (digit < 0 || digit > 9 || this.#digits > 15) throw broken();
      this.#value = this.#value * 10 + digit;
      this.#digits += 1;
    }
    return false;
  }

  #line(): void {
    if (this.#digits === 0) throw broken();
    if (this.#expected !== undefined) this.numbers.push(this.#value);
    else if (this.#value > MAX_SPARSE_SEGMENTS) throw formatDamage('limit', 'a sparse map that is too long');
    else this.#expected = this.#value * 2;
    this.#value = 0;
    this.#digits = 0;
  }
}

function broken(): Error {
  return formatDamage('corrupt', 'a sparse map that cannot be read');
}

/** Takes the expanded content of a member. */
export interface ExpandedSink {
  /** The next bytes of the content; only valid during the call. */
  data(bytes: Uint8Array): void;
  /** The next `count` bytes of the content are zeros that are not stored. */
  hole(count: number): void;
}

/** Turns the stored bytes of a sparse member, in pieces of any size, into its content. */
export class SparseExpander {
  #segment = 0;
  /** How much of the current segment has come. */
  #taken = 0;
  /** How much of the expanded file was given. */
  #position = 0;
  readonly #map: SparseMap;
  readonly #sizeBytes: number;
  readonly #sink: ExpandedSink;

  constructor(map: SparseMap, sizeBytes: number, sink: ExpandedSink) {
    this.#map = map;
    this.#sizeBytes = sizeBytes;
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const segment = this.#map[this.#segment];
      if (segment === undefined) throw formatDamage('corrupt', 'a sparse member that is longer than its map');
      if (this.#taken === 0) this.#fillTo(segment.at);
      const count = Math.min(segment.bytes - this.#taken, bytes.length - at);
      this.#sink.data(bytes.subarray(at, at + count));
      at += count;
      this.#taken += count;
      this.#position += count;
      if (this.#taken < segment.bytes) continue;
      this.#segment += 1;
      this.#taken = 0;
    }
  }

  /** All stored bytes were pushed. */
  end(): void {
    if (this.#segment < this.#map.length)
      throw formatDamage('corrupt', 'a sparse member that is shorter than its map');
    this.#fillTo(this.#sizeBytes);
  }

  #fillTo(position: number): void {
    if (position <= this.#position) return;
    this.#sink.hole(position - this.#position);
    this.#position = position;
  }
}

/** The content of a sparse member, from its stored bytes; holes come as pieces that `isHole` knows. @throws Damage */
export async function* expandSparse(
  stored: AsyncIterable<Uint8Array>,
  map: SparseMap,
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  let ready: (Uint8Array | number)[] = [];
  const expander = new SparseExpander(map, sizeBytes, {
    data: (bytes) => ready.push(bytes),
    hole: (count) => ready.push(count),
  });
  const take = function* (): Generator<Uint8Array> {
    const parts = ready;
    ready = [];
    for (const part of parts) {
      if (typeof part === 'number') yield* holePieces(part);
      else yield part;
    }
  };
  for await (const bytes of stored) {
    expander.push(bytes);
    yield* take();
  }
  expander.end();
  yield* take();
}
