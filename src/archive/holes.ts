/** Holes of sparse files pass as pieces of this one buffer, so that whoever writes them can tell them from data. */
const ZEROS = new Uint8Array(1024 * 1024);

/** The zeros of a hole, in pieces. */
export function* holePieces(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= ZEROS.length)
    yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}

/** Whether these bytes are zeros of a hole: they need not be written. */
export function isHole(bytes: Uint8Array): boolean {
  return bytes.buffer === ZEROS.buffer;
}
