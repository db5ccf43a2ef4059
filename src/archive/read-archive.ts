import { createHash } from 'node:crypto';
import type { CompressionName, DecodedCompression } from '../core/compressions.js';
import { SNIFF_BYTES, sniffCompression } from './compression.js';
import { formatDamage } from './damage.js';
import { DEFAULT_SPAN_BYTES, GzipCheckpoints } from './gzip/checkpoints.js';
import type { Checkpoint } from './index/checkpoint.js';
import type { CompressedTrailing } from './notes.js';
import { PeekedBytes } from './peeked-bytes.js';

/** Compressed bytes decoded per step; deflate expands them at most a thousandfold. */
const SLICE_BYTES = 32_768;

/**
 * More output than this from less than a ten-thousandth of its size is a decompression bomb; deflate cannot create one.
 */
const BOMB_BYTES = 10 * 1024 ** 3;
const BOMB_RATIO = 10_000;

/** A decoded stream in a compression other than gzip. */
export interface Decoded {
  /** Ends only after the whole stream was decoded and all its checksums were verified. @throws Damage */
  output: AsyncIterable<Uint8Array>;
  /** After the end: whether checksums of the container cover all output. */
  checksummed(): boolean;
  /** How many of the first `outputAt` bytes of output are covered by verified checksums. */
  checksummedTo?(outputAt: number): number;
  /** After the end: positions where decoding can start, if the container has any. */
  checkpoints?(): readonly Checkpoint[];
  /** After the end: data after the compressed data, as far as is known. */
  trailing?(): CompressedTrailing | undefined;
}

/** Decodes compressions other than gzip. */
export type Decode = (
  compression: DecodedCompression,
  source: AsyncIterable<Uint8Array>,
  spanBytes: number,
) => Decoded;

export interface ArchiveVisitor {
  /** The next bytes of the uncompressed tar; valid only during the call. */
  tar(bytes: Uint8Array): void;
  /** The next bytes of the archive itself, each once and in order; valid only during the call. */
  compressed?(bytes: Uint8Array): void;
  checkpoint?(checkpoint: Checkpoint): void;
  /** A checksum of the container has verified all output before this offset. */
  verified?(outputAt: number): void;
  /** Called between two slices, to wait for the visitor's writes. False ends the pass early. */
  between?(): Promise<boolean>;
}

export interface PassOptions {
  spanBytes?: number;
  decode: Decode;
}

export interface PassResult {
  compression: CompressionName;
  sizeBytes: number;
  sha256: string;
  uncompressedBytes: number;
  /** Whether the visitor ended the pass early. Sizes and digest are of what was read. */
  stopped: boolean;
  /** Data after the compressed data. */
  trailing?: CompressedTrailing;
}

/**
 * Reads an archive once from start to end, decodes it, verifies its container, and returns the facts about it.
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
      throw formatDamage('limit', 'the archive decompresses to more than ten thousand times its size');
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
