import { Readable } from 'node:stream';
import { Damage } from '../archive/damage.js';
import { FrameSpans } from '../archive/frame-spans.js';
import type { Decoded } from '../archive/read-archive.js';
import { STREAM_HEADER_BYTES, streamEnd, type XzBlock, XzBlocks } from '../archive/xz/blocks.js';
import { XzStreamHeaders } from '../archive/xz/stream-headers.js';
import { DEFAULT_MAX_MEMORY_BYTES, decoderMemory } from './limits.js';
import { hasProgram, throughProgram } from './program.js';
import { ProvenPrefix } from './proven-prefix.js';

/** Stream flags: the block check is "none". */
const NO_CHECK = 0;
/** What xz needs besides the dictionary. */
const OVERHEAD_BYTES = 16 * 1024 * 1024;

/** Decodes an xz file, and finds the places where blocks begin, if their headers tell. */
export function decodeXz(
  source: AsyncIterable<Uint8Array>,
  spanBytes: number,
  maxMemoryBytes: number = DEFAULT_MAX_MEMORY_BYTES,
): Decoded {
  const spans = new FrameSpans(spanBytes, STREAM_HEADER_BYTES, () => blocks.streamHeader);
  const proven = new ProvenPrefix();
  const headers = new XzStreamHeaders();
  const blocks = new XzBlocks(
    (block) => {
      spans.part(block.end, block.outputBytes);
      proven.part(block.outputBytes, blocks.streamHeader[7] !== NO_CHECK);
    },
    () => spans.unusable(),
    undefined,
    (bytes) => checkDictionary(bytes, maxMemoryBytes),
  );
  let outputBytes = 0;
  async function* walked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      headers.push(chunk);
      spans.push(chunk, (bytes) => blocks.push(bytes));
      yield chunk;
    }
  }
  async function* output(): AsyncGenerator<Uint8Array> {
    for await (const bytes of xzOutput(walked(), maxMemoryBytes)) {
      outputBytes += bytes.length;
      yield bytes;
    }
  }
  return {
    output: output(),
    checksummed: () => !headers.unchecked,
    checksummedTo: (outputAt) => proven.upTo(outputAt),
    checkpoints: () => spans.finish(outputBytes),
  };
}

/** The output of blocks out of the middle of a file: header, index and footer are made for them. */
export function xzBlocksOutput(
  streamHeader: Uint8Array,
  source: AsyncIterable<Uint8Array>,
  maxMemoryBytes: number = DEFAULT_MAX_MEMORY_BYTES,
): AsyncIterable<Uint8Array> {
  async function* whole(): AsyncGenerator<Uint8Array> {
    const found: XzBlock[] = [];
    const walker = new XzBlocks(
      (block) => found.push(block),
      () => {
        throw new Damage('corrupt', 'an xz block that does not tell its size');
      },
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
 * The fallback for hosts without xz: slower, and a WebAssembly build of the same decoder. The package is CommonJS
 * and Node does not find its names: they are on the default export.
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
    // What the source threw is not about the bytes.
    if (fault !== undefined) throw fault;
    const why = error instanceof Error ? error.message : String(error);
    throw new Damage('corrupt', `the xz file is damaged: ${why === '' ? 'it cannot be decoded' : why}`);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
