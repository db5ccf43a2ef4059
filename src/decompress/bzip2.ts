import { Bzip2Streams } from '../archive/bzip2/streams.js';
import type { Decoded } from '../archive/read-archive.js';
import { decoderFailed } from './limits.js';
import { ownBytes } from './own-bytes.js';
import { hasProgram, throughProgram } from './program.js';

/** The largest block is 900 kB, and decoding takes at most nine times that: no limit needs to be checked. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * Decodes a bzip2 file; every block and stream of it has a CRC. Needs the program: no maintained library decodes
 * bzip2 in bounded memory.
 */
export function decodeBzip2(source: AsyncIterable<Uint8Array>): Decoded {
  const streams = new Bzip2Streams();
  const own = ownBytes(source, streams, (chunk) => streams.push(chunk));
  const program = { name: 'bzip2', args: ['-dc'], maxMemoryBytes: NO_LIMIT };
  return {
    output: hasProgram('bzip2') ? throughProgram(program, own) : notInstalled(source),
    checksummed: () => true,
    trailing: () => streams.trailing,
  };
}

// biome-ignore lint/correctness/useYield: it gives nothing, it only throws where the output would be read.
async function* notInstalled(_source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  throw decoderFailed('bzip2 is not installed', 'install the package bzip2 on this host');
}
