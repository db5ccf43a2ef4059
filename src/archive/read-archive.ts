import { createHash } from 'node:crypto';
import { type Compression, SNIFF_BYTES, sniffCompression } from './compression.js';
import { formatDamage } from './damage.js';
import { DEFAULT_SPAN_BYTES, GzipCheckpoints } from './gzip/checkpoints.js';
import type { Checkpoint } from './index/checkpoint.js';
import type { CompressedTrailing } from './notes.js';
import { PeekedBytes } from './peeked-bytes.js';

/** Compressed bytes decoded in one go; deflate makes at most a thousandfold of them. */
const SLICE_BYTES = 32_768;

/** Output of this size that came from less than a ten-thousandth of it is a bomb; deflate can't make one. */
const BOMB_BYTES = 10 * 1024 ** 3;
const BOMB_RATIO = 10_000;

/** What a compressed stream is decoded by when it is not gzip. */
export interface Decoded {
  /** Ends only when the whole stream was decoded and everything in it that has a checksum was compared. @throws Damage */
  output: AsyncIterable<Uint8Array>;
  /** Asked after the end: whether all of the output was covered by checksums of the container. */
  checksummed(): boolean;
  /** How much of the output, of which `outputAt` bytes have come, is covered by checksums that were compared. */
  checksummedTo?(outputAt: number): number;
  /** Asked after the end: places where decoding can begin, if the container has them. */
  checkpoints?(): readonly Checkpoint[];
  /** Asked after the end: what follows the compressed data and does not belong to it, as far as it is known. */
  trailing?(): CompressedTrailing | undefined;
}

/** Decodes what this layer has no decoder of its own for. */
export type Decode = (
  compression: 'zstd' | 'xz' | 'bzip2',
  source: AsyncIterable<Uint8Array>,
  spanBytes: number,
) => Decoded;

export interface ArchiveVisitor {
  /** The next bytes of the uncompressed tar; only valid during the call. */
  tar(bytes: Uint8Array): void;
  /** The next bytes of the archive itself, each once, in order; only valid during the call. */
  compressed?(bytes: Uint8Array): void;
  checkpoint?(checkpoint: Checkpoint): void;
  /** A checksum of the container covers all output before this. */
  verified?(outputAt: number): void;
  /** Between two slices: waits for what the sink has to write. False ends the pass early. */
  between?(): Promise<boolean>;
}

export interface PassOptions {
  spanBytes?: number;
  decode: Decode;
}

export interface PassResult {
  compression: Compression;
  sizeBytes: number;
  sha256: string;
  uncompressedBytes: number;
  /** The pass was ended early by its sink; sizes and digest are of what was read. */
  stopped: boolean;
  /** What follows the compressed data and does not belong to it. */
  trailing?: CompressedTrailing;
}

/**
 * Reads an archive once from its first byte to its last: decodes it, verifies its container, and says what it saw.
 * @throws Damage
 */
export async function readArchiveOnce(
  source: AsyncIterable<Uint8Array>,
  sink: ArchiveVisitor,
  options: PassOptions,
): Promise<PassResult> {
  const hash = createHash('sha256');
  const tap = new PeekedBytes(source, (bytes) => {
    hash.update(bytes);
    sink.compressed?.(bytes);
  });
  const spanBytes = options.spanBytes ?? DEFAULT_SPAN_BYTES;
  const head = await tap.head(SNIFF_BYTES);
  const compression = sniffCompression(head);
  const finished =
    compression === 'none'
      ? await passPlain(tap, sink)
      : compression === 'gzip'
        ? await passGzip(tap, sink, spanBytes)
        : await passDecoded(options.decode(compression, tap.bytes(), spanBytes), sink, tap);
  return {
    compression,
    sizeBytes: tap.sizeBytes,
    sha256: hash.digest('hex'),
    uncompressedBytes: finished.outputBytes,
    stopped: finished.stopped,
    ...(finished.trailing === undefined ? {} : { trailing: finished.trailing }),
  };
}

interface Finished {
  outputBytes: number;
  stopped: boolean;
  trailing?: CompressedTrailing | undefined;
}

async function passPlain(tap: PeekedBytes, sink: ArchiveVisitor): Promise<Finished> {
  let outputBytes = 0;
  for await (const bytes of tap.bytes()) {
    outputBytes += bytes.length;
    sink.tar(bytes);
    if ((await sink.between?.()) === false) return { outputBytes, stopped: true };
  }
  return { outputBytes, stopped: false };
}

async function passGzip(tap: PeekedBytes, sink: ArchiveVisitor, spanBytes: number): Promise<Finished> {
  const gzip = new GzipCheckpoints(spanBytes, {
    output: (bytes) => sink.tar(bytes),
    checkpoint: (checkpoint) => sink.checkpoint?.(checkpoint),
    verified: (outputAt) => sink.verified?.(outputAt),
  });
  for await (const chunk of tap.bytes()) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      gzip.push(chunk.subarray(at, at + SLICE_BYTES));
      if ((await sink.between?.()) === false) return { outputBytes: gzip.outputAt, stopped: true };
    }
  }
  gzip.finish();
  await sink.between?.();
  return { outputBytes: gzip.outputAt, stopped: false, trailing: gzip.trailing };
}

async function passDecoded(decoded: Decoded, sink: ArchiveVisitor, tap: PeekedBytes): Promise<Finished> {
  let outputBytes = 0;
  let provenTo = 0;
  for await (const bytes of decoded.output) {
    outputBytes += bytes.length;
    if (outputBytes > BOMB_BYTES && outputBytes / BOMB_RATIO > tap.sizeBytes) {
      throw formatDamage('limit', 'the archive grows more than ten thousandfold when it is decoded');
    }
    sink.tar(bytes);
    const proven = decoded.checksummedTo?.(outputBytes) ?? 0;
    if (proven > provenTo) sink.verified?.(proven);
    provenTo = proven;
    if ((await sink.between?.()) === false) return { outputBytes, stopped: true };
  }
  for (const checkpoint of decoded.checkpoints?.() ?? []) sink.checkpoint?.(checkpoint);
  if (decoded.checksummed()) sink.verified?.(outputBytes);
  await sink.between?.();
  return { outputBytes, stopped: false, trailing: decoded.trailing?.() };
}
