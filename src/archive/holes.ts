/** Holes of sparse files are passed as pieces of this buffer, so that a writer can distinguish them from data. */
const ZEROS = new Uint8Array(1024 * 1024);

/** The maximum size of holes per pass: hashing more would take over half an hour, even for a tiny archive. */
const DEFAULT_HOLE_BYTES = 1024 ** 4;

/** Limits the holes that one pass over an archive fills: a member of 4 kB can claim to be 1 PB large. */
export class HoleBudget {
  readonly limitBytes: number;
  #left: number;

  constructor(limitBytes = DEFAULT_HOLE_BYTES) {
    this.limitBytes = limitBytes;
    this.#left = limitBytes;
  }

  /** Reserves the holes of a member that will be read completely; false if they exceed the rest of the budget. */
  take({ sizeBytes, storedBytes }: { sizeBytes: number; storedBytes: number }): boolean {
    const holes = Math.max(0, sizeBytes - storedBytes);
    if (holes > this.#left) return false;
    this.#left -= holes;
    return true;
  }
}

/** The zeros of a hole, in pieces. */
export function* holePieces(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= ZEROS.length)
    yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}

/** Whether these bytes are part of a hole and need not be written. */
export function isHole(bytes: Uint8Array): boolean {
  return bytes.buffer === ZEROS.buffer;
}
