/** The range that both PostgreSQL timestamps and JavaScript dates support; file systems can have times outside it. */
const MIN_US = -200_000_000_000_000_000n;
const MAX_US = 8_640_000_000_000_000_000n;

/** A file's modification time, in nanoseconds since 1970, as the registry stores it: in microseconds, rounded down. */
export function toMicroseconds(ns: bigint): bigint {
  const us = ns >= 0n ? ns / 1000n : -((-ns + 999n) / 1000n);
  return us < MIN_US ? MIN_US : us > MAX_US ? MAX_US : us;
}
