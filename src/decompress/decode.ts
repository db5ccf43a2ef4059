import { Damage } from '../archive/damage.js';
import type { DecodeFrames } from '../archive/ranged.js';
import type { Decode, Decoded } from '../archive/read-archive.js';
import type { DecodedCompression } from '../core/compressions.js';
import { decodeBzip2 } from './bzip2.js';
import { DEFAULT_MAX_MEMORY_BYTES } from './limits.js';
import { decodeXz, xzBlocksOutput } from './xz.js';
import { decodeZstd, zstdOutput } from './zstd.js';

export interface Decoders {
  decode: Decode;
  /** Decodes frames or blocks that start at a checkpoint. */
  decodeFrames: DecodeFrames;
}

type StreamDecoders = Readonly<
  Record<DecodedCompression, (source: AsyncIterable<Uint8Array>, spanBytes: number) => Decoded>
>;

/**
 * Decoders for zstd, xz, and bzip2 that use the programs of the host or, if possible, a built-in fallback. An archive
 * that needs more than `maxMemory` bytes to decode is refused; undefined means the default.
 */
export function decodersFor(maxMemory: number | undefined): Decoders {
  const maxMemoryBytes = maxMemory ?? DEFAULT_MAX_MEMORY_BYTES;
  const decoders: StreamDecoders = {
    zstd: (source, spanBytes) => decodeZstd(source, spanBytes, maxMemoryBytes),
    xz: (source, spanBytes) => decodeXz(source, spanBytes, maxMemoryBytes),
    bzip2: (source) => decodeBzip2(source),
  };
  return {
    decode: (compression, source, spanBytes) => decoders[compression](source, spanBytes),
    decodeFrames: (access, prelude, compressed) => {
      if (access === 'zstd') return zstdOutput(compressed, maxMemoryBytes);
      if (access === 'xz') return xzBlocksOutput(prelude, compressed, maxMemoryBytes);
      // A new way to read by range does not compile before it is decoded above.
      const undecoded: 'plain' | 'gzip' | 'stream-only' = access;
      throw new Damage('unsupported', `${undecoded} cannot be decoded by range`);
    },
  };
}
