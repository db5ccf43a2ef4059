import { Readable } from 'node:stream';
import { Damage } from '../archive/damage.js';
import { FrameSpans } from '../archive/frame-spans.js';
import type { Decoded } from '../archive/read-archive.js';
import { STREAM_HEADER_BYTES, streamEnd, type XzBlock, XzBlocks } from '../archive/xz/blocks.js';
import { hasProgram, throughProgram } from './program.js';

/** Stream flags: the block check is "none". */
const NO_CHECK = 0;

/** Decodes an xz file, and finds the places where blocks begin, if their headers tell. */
export function decodeXz(source: AsyncIterable<Uint8Array>, spanBytes: number): Decoded {
  const spans = new FrameSpans(spanBytes, STREAM_HEADER_BYTES, () => blocks.streamHeader);
  const blocks = new XzBlocks(
    (block) => spans.part(block.end, block.outputBytes),
    () => spans.unusable(),
  );
  let outputBytes = 0;
  async function* walked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      spans.push(chunk, (bytes) => blocks.push(bytes));
      yield chunk;
    }
  }
  async function* output(): AsyncGenerator<Uint8Array> {
    for await (const bytes of xzOutput(walked())) {
      outputBytes += bytes.length;
      yield bytes;
    }
  }
  return {
    output: output(),
    checksummed: () => blocks.streamHeader[7] !== NO_CHECK,
    checkpoints: () => spans.finish(outputBytes),
  };
}

/** The output of blocks out of the middle of a file: header, index and footer are made for them. */
export function xzBlocksOutput(
  streamHeader: Uint8Array,
  source: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  async function* whole(): AsyncGenerator<Uint8Array> {
    const found: XzBlock[] = [];
    const walker = new XzBlocks(
      (block) => found.push(block),
      () => {
        throw new Damage('corrupt', 'an xz block that does not tell its size');
      },
      streamHeader,
    );
    yield streamHeader;
    for await (const chunk of source) {
      walker.push(chunk);
      yield chunk;
    }
    yield streamEnd(found, streamHeader);
  }
  return xzOutput(whole());
}

function xzOutput(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return hasProgram('xz') ? throughProgram('xz', ['-dcq'], source) : inWebAssembly(source);
}

/** The fallback for hosts without xz: slower, and a WebAssembly build of the same decoder. */
async function* inWebAssembly(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { XzReadableStream } = await import('xz-decompress');
  const input = Readable.toWeb(Readable.from(source)) as ReadableStream<Uint8Array>;
  const reader = new XzReadableStream(input).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof Damage) throw error;
    throw new Damage(
      'corrupt',
      `the xz file is damaged: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
