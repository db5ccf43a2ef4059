import { SNIFF_BYTES, sniffCompression } from '../../archive/compression.js';
import { formatDamage } from '../../archive/damage.js';
import { GzipMembers } from '../../archive/gzip/members.js';
import type { CompressedTrailing } from '../../archive/notes.js';
import { PeekedBytes } from '../../archive/peeked-bytes.js';
import type { Decode } from '../../archive/read-archive.js';

/** Where decoding could begin again is of no use here; the size only has to be one. */
const SPAN_BYTES = 64 * 1024 * 1024;
/** Deflate makes at most 1,032 bytes of one; whatever makes more than this is made to fill a disk. */
const MAX_RATIO = 2000;
const RATIO_FREE_BYTES = 256 * 1024 * 1024;

/** The tar inside an archive, as it streams. */
export interface TarBytes {
  output: AsyncIterable<Uint8Array>;
  /** Asked after a clean end: whether checksums of the container cover all of it. */
  checksummed(): boolean;
  /** How much of the output, of which `outputAt` bytes have come, checksums of the container have proven. */
  checksummedTo(outputAt: number): number;
  /** Asked after a clean end: what follows the compressed data and does not belong to it. */
  trailing(): CompressedTrailing | undefined;
  /** Compressed bytes taken so far. */
  bytesRead(): number;
}

/** Decompresses an archive by what its first bytes say; gzip on zlib's own threads. */
export async function openTar(source: AsyncIterable<Uint8Array>, decode: Decode): Promise<TarBytes> {
  const counted = new PeekedBytes(source);
  const compression = sniffCompression(await counted.head(SNIFF_BYTES));
  const bytesRead = (): number => counted.sizeBytes;
  if (compression === 'none') {
    const nothing = { checksummed: () => false, checksummedTo: () => 0, trailing: () => undefined };
    return { output: counted.bytes(), ...nothing, bytesRead };
  }
  if (compression === 'gzip') {
    const members = new GzipMembers();
    return {
      output: bounded(members.output(counted.bytes()), bytesRead),
      checksummed: () => true,
      checksummedTo: () => members.provenTo,
      trailing: () => members.trailing,
      bytesRead,
    };
  }
  const decoded = decode(compression, counted.bytes(), SPAN_BYTES);
  return {
    output: bounded(decoded.output, bytesRead),
    checksummed: () => decoded.checksummed(),
    checksummedTo: (outputAt) => decoded.checksummedTo?.(outputAt) ?? 0,
    trailing: () => decoded.trailing?.(),
    bytesRead,
  };
}

async function* bounded(
  output: AsyncIterable<Uint8Array>,
  bytesRead: () => number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of output) {
    bytes += piece.length;
    if (bytes > RATIO_FREE_BYTES + MAX_RATIO * bytesRead()) {
      throw formatDamage('limit', `it unpacks to more than ${MAX_RATIO} times its size`);
    }
    yield piece;
  }
}
