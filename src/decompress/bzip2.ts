import { Bzip2Streams } from '../archive/bzip2/streams.js';
import type { Decoded } from '../archive/read-archive.js';
import { decoderFailed } from './limits.js';
import { ownBytes } from './own-bytes.js';
import { hasProgram, throughProgram } from './program.js';

/** No limit is needed: a block has at most 900 kB, and decoding it takes at most nine times as much memory. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * Decodes a bzip2 file, in which every block and stream has a CRC. Requires the bzip2 program, because no maintained
 * library decodes bzip2 in bounded memory.
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

// biome-ignore lint/correctness/useYield: it yields nothing and only throws when the output is read.
async function* notInstalled(_source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  throw decoderFailed('bzip2 is not installed', 'install the bzip2 package on this host');
}
