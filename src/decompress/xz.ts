import { Readable } from 'node:stream';
import { Damage } from '../archive/damage.js';
import { FrameSpans } from '../archive/frame-spans.js';
import type { Decoded } from '../archive/read-archive.js';
import { type XzBlock, XzBlocks } from '../archive/xz/blocks.js';
import { streamEnd } from '../archive/xz/stream-end.js';
import { STREAM_HEADER_BYTES } from '../archive/xz/stream-header.js';
import { decoderMemory } from './limits.js';
import { ownBytes } from './own-bytes.js';
import { hasProgram, throughProgram } from './program.js';
import { ProvenPrefix } from './proven-prefix.js';

/** The memory that xz needs in addition to the dictionary. */
const OVERHEAD_BYTES = 16 * 1024 * 1024;

/** Decodes an xz file, and finds the start of each block if the headers allow it. */
export function decodeXz(
  source: AsyncIterable<Uint8Array>,
  spanBytes: number,
  maxMemoryBytes: number,
): Decoded {
  const spans = new FrameSpans(spanBytes, STREAM_HEADER_BYTES, () => blocks.streamHeader);
  const proven = new ProvenPrefix();
  const blocks = new XzBlocks(
    ({ end, outputBytes, checked, sized, stream }) => {
      proven.part(outputBytes, checked);
      // There is other data between the blocks of two streams.
      if (sized && stream === 1) spans.part(end, outputBytes);
      else spans.unusable();
    },
    undefined,
    (bytes) => checkDictionary(bytes, maxMemoryBytes),
  );
  const own = ownBytes(source, blocks, (chunk) => spans.push(chunk, (bytes) => blocks.push(bytes)));
  let outputBytes = 0;
  async function* output(): AsyncGenerator<Uint8Array> {
    for await (const bytes of xzOutput(own, maxMemoryBytes)) {
      outputBytes += bytes.length;
      yield bytes;
    }
  }
  return {
    output: output(),
    checksummed: () => blocks.known && blocks.checked,
    checksummedTo: (outputAt) => proven.upTo(outputAt),
    checkpoints: () => (blocks.known ? spans.finish(outputBytes) : []),
    trailing: () => blocks.trailing,
  };
}

/** The output of blocks from the middle of a file, with a generated header, index, and footer. */
export function xzBlocksOutput(
  streamHeader: Uint8Array,
  source: AsyncIterable<Uint8Array>,
  maxMemoryBytes: number,
): AsyncIterable<Uint8Array> {
  async function* whole(): AsyncGenerator<Uint8Array> {
    const found: XzBlock[] = [];
    const walker = new XzBlocks(
      (block) => found.push(block),
      streamHeader,
      (bytes) => checkDictionary(bytes, maxMemoryBytes),
    );
    yield streamHeader;
    for await (const chunk of source) {
      walker.push(chunk);
      yield chunk;
    }
    yield streamEnd(found, streamHeader);
  }
  return xzOutput(whole(), maxMemoryBytes);
}

function checkDictionary(bytes: number, maxMemoryBytes: number): void {
  if (bytes <= maxMemoryBytes) return;
  throw decoderMemory(`an xz block needs ${Math.ceil(bytes / 1024 / 1024)} MiB to decode`, maxMemoryBytes);
}

function xzOutput(source: AsyncIterable<Uint8Array>, maxMemoryBytes: number): AsyncIterable<Uint8Array> {
  const limit = `--memlimit-decompress=${maxMemoryBytes + OVERHEAD_BYTES}`;
  const program = { name: 'xz', args: ['-dc', limit], maxMemoryBytes };
  return hasProgram('xz') ? throughProgram(program, source) : inWebAssembly(source);
}

/**
 * The fallback for hosts without xz: a slower WebAssembly build of the same decoder. The package is CommonJS, and Node
 * does not detect its named exports: they are on the default export.
 */
async function* inWebAssembly(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { default: library } = await import('xz-decompress');
  let fault: unknown;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      fault = error;
      throw error;
    }
  }
  const input = Readable.toWeb(Readable.from(watched())) as ReadableStream<Uint8Array>;
  const reader = new library.XzReadableStream(input).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    // An error of the source is not about the bytes.
    if (fault !== undefined) throw fault;
    const why = error instanceof Error ? error.message : String(error);
    throw new Damage('corrupt', `the xz file is damaged: ${why === '' ? 'it cannot be decoded' : why}`);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
