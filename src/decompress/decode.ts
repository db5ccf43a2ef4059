import { Damage } from '../archive/damage.js';
import type { DecodeFrames } from '../archive/ranged.js';
import type { Decode } from '../archive/read-archive.js';
import { decodeBzip2 } from './bzip2.js';
import { decodeXz, xzBlocksOutput } from './xz.js';
import { decodeZstd, zstdOutput } from './zstd.js';

/** Decodes zstd, xz and bzip2 with the programs of the host, or without them where there is a way. */
export const decode: Decode = (compression, source, spanBytes) => {
  if (compression === 'zstd') return decodeZstd(source, spanBytes);
  return compression === 'xz' ? decodeXz(source, spanBytes) : decodeBzip2(source);
};

/** Decodes the frames or blocks that a checkpoint leads to. */
export const decodeFrames: DecodeFrames = (access, prelude, compressed) => {
  if (access === 'zstd') return zstdOutput(compressed);
  if (access === 'xz') return xzBlocksOutput(prelude, compressed);
  throw new Damage('unsupported', `no decoder for ${access} by range`);
};
