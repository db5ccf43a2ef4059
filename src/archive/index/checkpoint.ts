import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { formatDamage } from '../damage.js';
import { WINDOW_BYTES } from '../deflate/output-window.js';
import { ByteReader, ByteWriter } from './bytes.js';

const DIGEST_BYTES = 32;
/** The size of a record without its window. */
export const CHECKPOINT_OVERHEAD_BYTES = 4 * 8 + 1 + 1 + 2 + 4 + 2 * DIGEST_BYTES;
/** Deflate expands incompressible data by 5 bytes per 16 KiB plus a few bytes. */
const MAX_PACKED_WINDOW_BYTES = WINDOW_BYTES + 64;

/** A position where decoding can start, and the span of the archive from there to the next one. */
export interface Checkpoint {
  /** The span's bytes in the archive. The first and last may be shared with adjacent spans. */
  compressedAt: number;
  compressedEnd: number;
  /** The span's bytes in the uncompressed tar. */
  outputAt: number;
  outputEnd: number;
  /** The bit of the first byte where the first block starts. */
  bit: number;
  /** The deflated output before it; empty if none is needed. */
  packedWindow: Uint8Array;
  windowBytes: number;
  /** SHA-256 of the archive's bytes from `compressedAt` to `compressedEnd`. */
  spanSha256: Uint8Array;
}

export function packWindow(window: Uint8Array): Uint8Array {
  return window.length === 0 ? window : deflateRawSync(window, { level: 9 });
}

/** The output before the checkpoint. @throws Damage */
export function unpackWindow(checkpoint: Pick<Checkpoint, 'packedWindow' | 'windowBytes'>): Uint8Array {
  if (checkpoint.windowBytes === 0) return new Uint8Array(0);
  try {
    const window = inflateRawSync(checkpoint.packedWindow, { maxOutputLength: checkpoint.windowBytes });
    if (window.length === checkpoint.windowBytes) return window;
  } catch {
    // Fall through: any zlib error means that the window is damaged.
  }
  throw formatDamage('corrupt', 'the window of a checkpoint cannot be decompressed');
}

export function writeCheckpoint(to: ByteWriter, checkpoint: Checkpoint): void {
  const body = new ByteWriter()
    .u64(checkpoint.compressedAt)
    .u64(checkpoint.compressedEnd)
    .u64(checkpoint.outputAt)
    .u64(checkpoint.outputEnd)
    .u8(checkpoint.bit)
    .u8(0)
    .u16(checkpoint.windowBytes)
    .u32(checkpoint.packedWindow.length)
    .raw(checkpoint.spanSha256)
    .raw(checkpoint.packedWindow)
    .view();
  to.raw(body).raw(sha256(body));
}

/** Reads the records of one group. @throws Damage if one is truncated, changed, or out of order */
export function readCheckpoints(bytes: Uint8Array, count: number): Checkpoint[] {
  const checkpoints: Checkpoint[] = [];
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    const { checkpoint, length } = readOne(bytes.subarray(at));
    const before = checkpoints.at(-1);
    if (before !== undefined && before.outputEnd !== checkpoint.outputAt) throw broken();
    checkpoints.push(checkpoint);
    at += length;
  }
  if (at !== bytes.length) throw broken();
  return checkpoints;
}

function readOne(bytes: Uint8Array): { checkpoint: Checkpoint; length: number } {
  const reader = new ByteReader(bytes);
  const compressedAt = reader.u64();
  const compressedEnd = reader.u64();
  const outputAt = reader.u64();
  const outputEnd = reader.u64();
  const bit = reader.u8();
  reader.u8();
  const windowBytes = reader.u16();
  const packedBytes = reader.u32();
  if (packedBytes > MAX_PACKED_WINDOW_BYTES || windowBytes > WINDOW_BYTES || bit > 7) throw broken();
  const spanSha256 = reader.raw(DIGEST_BYTES).slice();
  const packedWindow = reader.raw(packedBytes).slice();
  const length = bytes.length - reader.left;
  const recorded = reader.raw(DIGEST_BYTES);
  if (!sha256(bytes.subarray(0, length)).equals(recorded)) throw broken();
  if (compressedEnd < compressedAt || outputEnd < outputAt) throw broken();
  return {
    checkpoint: {
      compressedAt,
      compressedEnd,
      outputAt,
      outputEnd,
      bit,
      packedWindow,
      windowBytes,
      spanSha256,
    },
    length: length + DIGEST_BYTES,
  };
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function broken(): Error {
  return formatDamage('corrupt', 'a checkpoint record is damaged');
}
