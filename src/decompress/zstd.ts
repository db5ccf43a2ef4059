import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Damage } from '../archive/damage.js';
import { FrameSpans } from '../archive/frame-spans.js';
import type { Decoded } from '../archive/read-archive.js';
import { ZstdFrames } from '../archive/zstd/frames.js';
import { decoderFailed, decoderMemory } from './limits.js';
import { ownBytes } from './own-bytes.js';
import { hasProgram, throughProgram } from './program.js';
import { ProvenPrefix } from './proven-prefix.js';

/** The largest window that zstd programs write. */
const WINDOW_LOG_MAX = 31;

/** Decodes a zstd file with any number of frames, and finds the start of each frame. */
export function decodeZstd(
  source: AsyncIterable<Uint8Array>,
  spanBytes: number,
  maxMemoryBytes: number,
): Decoded {
  const spans = new FrameSpans(spanBytes, 0, () => new Uint8Array(0));
  const proven = new ProvenPrefix();
  const frames = new ZstdFrames(
    (frame) => {
      proven.part(frame.outputBytes, frame.checksummed);
      spans.part(frame.end, frame.outputBytes);
    },
    (bytes) => checkWindow(bytes, maxMemoryBytes),
  );
  const own = ownBytes(source, frames, (chunk) => spans.push(chunk, (bytes) => frames.push(bytes)));
  let outputBytes = 0;
  async function* output(): AsyncGenerator<Uint8Array> {
    for await (const bytes of decoded(own, maxMemoryBytes)) {
      outputBytes += bytes.length;
      yield bytes;
    }
  }
  return {
    output: output(),
    checksummed: () => proven.all,
    checksummedTo: (outputAt) => proven.upTo(outputAt),
    checkpoints: () => spans.finish(outputBytes),
    trailing: () => frames.trailing,
  };
}

/** The output of complete frames. @throws Damage, Failure `decoder.failed`, `decoder.memory` */
export function zstdOutput(
  source: AsyncIterable<Uint8Array>,
  maxMemoryBytes: number,
): AsyncIterable<Uint8Array> {
  async function* guarded(): AsyncGenerator<Uint8Array> {
    const frames = new ZstdFrames(
      () => undefined,
      (bytes) => checkWindow(bytes, maxMemoryBytes),
    );
    for await (const chunk of source) {
      frames.push(chunk);
      yield chunk;
    }
  }
  return decoded(guarded(), maxMemoryBytes);
}

function checkWindow(bytes: number, maxMemoryBytes: number): void {
  if (bytes <= maxMemoryBytes) return;
  throw decoderMemory(`a zstd frame needs ${Math.ceil(bytes / 1024 / 1024)} MiB to decode`, maxMemoryBytes);
}

/** The window was already checked, so zstd's own limit only must not be smaller. */
function decoded(source: AsyncIterable<Uint8Array>, maxMemoryBytes: number): AsyncIterable<Uint8Array> {
  const program = { name: 'zstd', args: ['-dcq', `--long=${WINDOW_LOG_MAX}`], maxMemoryBytes };
  return hasProgram('zstd') ? throughProgram(program, source) : frameByFrame(source);
}

type CreateZstd = (options: object) => Transform;

/**
 * Node's built-in zstd (22.15 and later) silently stops after the first frame and accepts truncated input, so it gets
 * one frame at a time from the walker, which also detects incomplete frames.
 */
async function* frameByFrame(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const create = (zlib as unknown as { createZstdDecompress?: CreateZstd }).createZstdDecompress;
  if (create === undefined) {
    throw decoderFailed('zstd is not installed', 'install zstd on this host, or use Node 22.15 or later');
  }
  const ends: number[] = [];
  const frames = new ZstdFrames((frame) => ends.push(frame.end));
  let decoder = newDecoder(create);
  let at = 0;
  for await (const chunk of source) {
    frames.push(chunk);
    let from = 0;
    for (const end of ends.splice(0)) {
      yield* await decoder.write(chunk.subarray(from, end - at));
      yield* await decoder.end();
      decoder = newDecoder(create);
      from = end - at;
    }
    if (from < chunk.length) yield* await decoder.write(chunk.subarray(from));
    at += chunk.length;
  }
  frames.finish();
}

interface FrameDecoder {
  write(bytes: Uint8Array): Promise<Uint8Array[]>;
  end(): Promise<Uint8Array[]>;
}

function newDecoder(create: CreateZstd): FrameDecoder {
  const parameter = (zlib.constants as unknown as Record<string, number>).ZSTD_d_windowLogMax ?? 100;
  const stream = create({ params: { [parameter]: WINDOW_LOG_MAX }, chunkSize: 1 << 20 });
  let outputs: Uint8Array[] = [];
  let fault: Error | undefined;
  let wake = (): void => {};
  stream.on('data', (bytes: Uint8Array) => outputs.push(bytes));
  stream.on('error', (error: Error) => {
    fault = error;
    wake();
  });
  const take = async (start: (done: () => void) => void): Promise<Uint8Array[]> => {
    await new Promise<void>((resolve) => {
      wake = resolve;
      start(resolve);
    });
    if (fault !== undefined) throw new Damage('corrupt', `the zstd frame is damaged: ${fault.message}`);
    const taken = outputs;
    outputs = [];
    return taken;
  };
  return {
    write: (bytes) => take((done) => stream.write(bytes, () => done())),
    end: () =>
      take((done) => {
        stream.once('end', done);
        stream.end();
      }),
  };
}
