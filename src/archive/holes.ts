/** Holes of sparse files pass as pieces of this one buffer, so that whoever writes them can tell them from data. */
const ZEROS = new Uint8Array(1024 * 1024);

/** Zeros that one pass makes for holes; more would be over half an hour of hashing, for an archive of any size. */
const DEFAULT_HOLE_BYTES = 1024 ** 4;

/** How many zeros of holes one pass over an archive may still make: a member of 4 kB can say that it is 1 PB large. */
export class HoleBudget {
  readonly limitBytes: number;
  #left: number;

  constructor(limitBytes = DEFAULT_HOLE_BYTES) {
    this.limitBytes = limitBytes;
    this.#left = limitBytes;
  }

  /** Takes the holes of a member that is to be read whole; false where they are more than is left. */
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

/** Whether these bytes are zeros of a hole: they need not be written. */
export function isHole(bytes: Uint8Array): boolean {
  return bytes.buffer === ZEROS.buffer;
}
