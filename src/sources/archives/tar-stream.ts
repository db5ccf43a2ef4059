import { SNIFF_BYTES, sniffCompression } from '../../archive/compression.js';
import { formatDamage } from '../../archive/damage.js';
import { GzipMembers } from '../../archive/gzip/members.js';
import type { CompressedTrailing } from '../../archive/notes.js';
import { PeekedBytes } from '../../archive/peeked-bytes.js';
import type { Decode } from '../../archive/read-archive.js';

/** Checkpoints are not used here, so any span size will do. */
const SPAN_BYTES = 64 * 1024 * 1024;
/** The maximum ratio of deflate is 1,032; an archive with a higher ratio than this is a decompression bomb. */
const MAX_RATIO = 2000;
const RATIO_FREE_BYTES = 256 * 1024 * 1024;

/** The uncompressed tar of an archive, as a stream. */
export interface TarBytes {
  output: AsyncIterable<Uint8Array>;
  /** After the end without errors: whether checksums of the container cover everything. */
  checksummed(): boolean;
  /** How many of the first `outputAt` bytes of output the container's checksums have proven. */
  checksummedTo(outputAt: number): number;
  /** After the end without errors: what follows the compressed data. */
  trailing(): CompressedTrailing | undefined;
  /** Compressed bytes read so far. */
  bytesRead(): number;
}

/** Decompresses an archive according to its first bytes; gzip uses zlib's own threads. */
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
      throw formatDamage('limit', `it decompresses to more than ${MAX_RATIO} times its size`);
    }
    yield piece;
  }
}
