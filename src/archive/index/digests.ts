import { formatDamage } from '../damage.js';
import { ByteReader, ByteWriter } from './bytes.js';

/** An entry has the first eight bytes of the digest, and the number of the member block that contains it. */
const DIGEST_ENTRY_BYTES = 12;
const PREFIX_BYTES = 8;
/** The chunk size: one lookup fetches one chunk. */
const CHUNK_BYTES = 32_768;
const MAX_CHUNK_BITS = 10;

/** One chunk of the digest table: all digests that start with the same bits. */
export interface DigestChunk {
  at: number;
  length: number;
  /** SHA-256 of its bytes. */
  sha256: Uint8Array;
}

/** How many leading bits of a digest select its chunk. Digests are evenly distributed, so chunks are too. */
export function chunkBits(entries: number): number {
  const chunks = Math.max(1, (entries * DIGEST_ENTRY_BYTES) / CHUNK_BYTES);
  return Math.min(MAX_CHUNK_BITS, Math.ceil(Math.log2(chunks)));
}

/** The chunk of a digest, by its first `bits` bits. */
export function chunkOf(digest: Uint8Array, bits: number): number {
  const first = ((digest[0] as number) << 8) | (digest[1] as number);
  return first >>> (16 - bits);
}

/** The bytes of an entry. They sort like the digests. */
export function digestEntry(digest: Uint8Array, block: number): Uint8Array {
  const entry = new ByteWriter().raw(digest.subarray(0, PREFIX_BYTES));
  for (const shift of [24, 16, 8, 0]) entry.u8((block >>> shift) & 0xff);
  return entry.view().slice();
}

/** The blocks that may have a member with this digest. @throws Damage */
export function blocksOf(chunk: Uint8Array, digest: Uint8Array): number[] {
  if (chunk.length % DIGEST_ENTRY_BYTES !== 0)
    throw formatDamage('corrupt', 'a part of the digest table is truncated');
  const count = chunk.length / DIGEST_ENTRY_BYTES;
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(chunk, middle, digest) < 0) low = middle + 1;
    else high = middle;
  }
  const blocks = new Set<number>();
  for (; low < count && compare(chunk, low, digest) === 0; low += 1) {
    const at = low * DIGEST_ENTRY_BYTES + PREFIX_BYTES;
    const reader = new ByteReader(chunk.subarray(at, at + 4));
    blocks.add(reader.u8() * 0x1_00_00_00 + reader.u8() * 0x1_00_00 + reader.u8() * 0x1_00 + reader.u8());
  }
  return [...blocks];
}

function compare(chunk: Uint8Array, entry: number, digest: Uint8Array): number {
  const at = entry * DIGEST_ENTRY_BYTES;
  for (let i = 0; i < PREFIX_BYTES; i += 1) {
    const order = (chunk[at + i] as number) - (digest[i] as number);
    if (order !== 0) return order;
  }
  return 0;
}
