import { formatDamage } from '../damage.js';
import { holePieces } from '../holes.js';

/** A stored segment of a sparse file. Between segments are holes. */
export interface SparseSegment {
  /** Its offset in the expanded file. */
  at: number;
  bytes: number;
}

/** All stored segments of a sparse file, in order and not empty. */
export type SparseMap = readonly SparseSegment[];

/** The maximum number of segments: as many as a 4 MiB map can contain. */
export const MAX_SPARSE_SEGMENTS = 172_032;

/**
 * Creates the map from offset, length, offset, length…; undefined if it is inconsistent in itself or with the file size
 * or the stored bytes, so that the content cannot be expanded.
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
    // An empty segment only marks the end of the file.
    if (bytes === 0 && at <= sizeBytes) continue;
    if (at < end || bytes < 0 || at + bytes > sizeBytes) return undefined;
    map.push({ at, bytes });
    end = at + bytes;
    stored += bytes;
  }
  return stored === storedBytes ? map : undefined;
}

/** Parses the map before the content of a member in GNU pax format 1.0: decimal lines, padded to a block. */
export class SparseMapText {
  readonly numbers: number[] = [];
  #value = 0;
  #digits = 0;
  #expected: number | undefined;

  /** Processes the next block. @throws Damage if the map is too long */
  block(bytes: Uint8Array): 'complete' | 'incomplete' | 'invalid' {
    for (const byte of bytes) {
      if (byte === 0x0a) {
        if (this.#digits === 0) return 'invalid';
        this.#line();
        if (this.numbers.length === this.#expected) return 'complete';
        continue;
      }
      const digit = byte - 0x30;
      if (digit < 0 || digit > 9 || this.#digits > 15) return 'invalid';
      this.#value = this.#value * 10 + digit;
      this.#digits += 1;
    }
    return 'incomplete';
  }

  #line(): void {
    if (this.#expected !== undefined) this.numbers.push(this.#value);
    else if (this.#value > MAX_SPARSE_SEGMENTS) throw formatDamage('limit', 'a sparse map is too long');
    else this.#expected = this.#value * 2;
    this.#value = 0;
    this.#digits = 0;
  }
}

/** Receives the expanded content of a member. */
export interface ExpandedSink {
  /** The next bytes of the content; valid only during the call. */
  data(bytes: Uint8Array): void;
  /** The next `count` bytes of the content are zeros that are not stored. */
  hole(count: number): void;
}

/** Expands the stored bytes of a sparse member, in pieces of any size. */
export class SparseExpander {
  #segment = 0;
  /** Bytes of the current segment so far. */
  #taken = 0;
  /** Bytes of the expanded file so far. */
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
      if (segment === undefined) throw formatDamage('corrupt', 'a sparse member is longer than its map');
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

  /** Ends the content after all stored bytes were pushed. */
  end(): void {
    if (this.#segment < this.#map.length)
      throw formatDamage('corrupt', 'a sparse member is shorter than its map');
    this.#fillTo(this.#sizeBytes);
  }

  #fillTo(position: number): void {
    if (position <= this.#position) return;
    this.#sink.hole(position - this.#position);
    this.#position = position;
  }
}

/** The content of a sparse member from its stored bytes. Holes are pieces that `isHole` recognizes. @throws Damage */
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
