import type { DigestAlgorithm } from '../core/recorded-digest.js';

/** Enough slots that short delays of one thread do not block the other. */
export const SLOTS = 8;
/** Digests in hex, separated by spaces: at most three of 128 digits. */
const TEXT_BYTES = 512;
const HEAD_BYTES = 64 + 4 * SLOTS;

export interface SharedRing {
  memory: SharedArrayBuffer;
  slotBytes: number;
}

/** The next file to hash. */
export interface SecondTask {
  algorithms: readonly DigestAlgorithm[];
}

export interface Ring {
  /** Number of slots that were filled, and that were hashed, since the start of the file. */
  produced: Int32Array<SharedArrayBuffer>;
  consumed: Int32Array<SharedArrayBuffer>;
  /** 1 if the digests are in `text`. */
  done: Int32Array<SharedArrayBuffer>;
  textBytes: Int32Array<SharedArrayBuffer>;
  /** Bytes in each slot; 0 marks the end of the file. */
  lengths: Int32Array<SharedArrayBuffer>;
  text: Uint8Array<SharedArrayBuffer>;
}

export function createRing(slotBytes: number): SharedRing {
  return { memory: new SharedArrayBuffer(HEAD_BYTES + TEXT_BYTES + SLOTS * slotBytes), slotBytes };
}

export function views({ memory, slotBytes }: SharedRing): { ring: Ring; slots: Buffer[] } {
  const cell = (at: number): Int32Array<SharedArrayBuffer> => new Int32Array(memory, at, 1);
  return {
    ring: {
      produced: cell(0),
      consumed: cell(16),
      done: cell(32),
      textBytes: cell(48),
      lengths: new Int32Array(memory, 64, SLOTS),
      text: new Uint8Array(memory, HEAD_BYTES, TEXT_BYTES),
    },
    slots: Array.from({ length: SLOTS }, (_, i) =>
      Buffer.from(memory, HEAD_BYTES + TEXT_BYTES + i * slotBytes, slotBytes),
    ),
  };
}
