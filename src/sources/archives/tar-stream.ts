import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SNIFF_BYTES, sniffCompression } from '../../archive/compression.js';
import { formatDamage } from '../../archive/damage.js';
import type { CompressedTrailing } from '../../archive/notes.js';
import { PeekedBytes } from '../../archive/peeked-bytes.js';
import type { Decode } from '../../archive/read-archive.js';

/** zlib gives three times as much a second with pieces of this size than with its own default. */
const PIECE_BYTES = 1024 * 1024;
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

/** Decompresses an archive by what its first bytes say; gzip on zlib's own thread. */
export async function openTar(source: AsyncIterable<Uint8Array>, decode: Decode): Promise<TarBytes> {
  const counted = new PeekedBytes(source);
  const compression = sniffCompression(await counted.head(SNIFF_BYTES));
  const bytesRead = (): number => counted.sizeBytes;
  const nothing = { checksummedTo: () => 0, trailing: () => undefined, bytesRead };
  if (compression === 'none') return { output: counted.bytes(), checksummed: () => false, ...nothing };
  if (compression === 'gzip') {
    return { output: bounded(gunzip(counted.bytes()), bytesRead), checksummed: () => true, ...nothing };
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

async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = Readable.from(source, { objectMode: false, highWaterMark: PIECE_BYTES });
  const output = createGunzip({ chunkSize: PIECE_BYTES });
  input.on('error', (error) => output.destroy(error));
  input.pipe(output);
  try {
    for await (const piece of output) yield piece as Uint8Array;
  } catch (error) {
    if (!isZlib(error)) throw error;
    if (error.code === 'Z_BUF_ERROR') throw formatDamage('truncated', 'the gzip stream ends too early');
    throw formatDamage('corrupt', `the gzip stream is damaged: ${error.message}`);
  } finally {
    input.destroy();
    output.destroy();
  }
}

function isZlib(error: unknown): error is Error & { code: unknown } {
  return error instanceof Error && 'code' in error && /^Z_|^ERR_ZLIB/.test(String(error.code));
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
