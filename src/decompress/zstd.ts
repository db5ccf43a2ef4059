import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Damage } from '../archive/damage.js';
import { FrameSpans } from '../archive/frame-spans.js';
import type { Decoded } from '../archive/read-archive.js';
import { ZstdFrames } from '../archive/zstd/frames.js';
import { hasProgram, throughProgram } from './program.js';

/** The largest window that `zstd --ultra --long=31` writes. */
const WINDOW_LOG_MAX = 31;

/** Decodes a zstd file of any number of frames, and finds the places where frames begin. */
export function decodeZstd(source: AsyncIterable<Uint8Array>, spanBytes: number): Decoded {
  const spans = new FrameSpans(spanBytes, 0, () => new Uint8Array(0));
  let checksummed = true;
  const frames = new ZstdFrames((frame) => {
    checksummed &&= frame.checksummed;
    spans.part(frame.end, frame.outputBytes);
  });
  let outputBytes = 0;
  async function* walked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      spans.push(chunk, (bytes) => frames.push(bytes));
      yield chunk;
    }
    frames.finish();
  }
  async function* output(): AsyncGenerator<Uint8Array> {
    for await (const bytes of zstdOutput(walked())) {
      outputBytes += bytes.length;
      yield bytes;
    }
  }
  return {
    output: output(),
    checksummed: () => checksummed,
    checkpoints: () => spans.finish(outputBytes),
  };
}

/** The output of whole frames. @throws Damage */
export function zstdOutput(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (hasProgram('zstd')) return throughProgram('zstd', ['-dcq', `--long=${WINDOW_LOG_MAX}`], source);
  return frameByFrame(source);
}

type CreateZstd = (options: object) => Transform;

/**
 * Node's own zstd (22.15 and later) silently stops after the first frame and takes truncated input for whole, so it
 * gets one frame at a time, cut by the walker, which also knows when a frame is not whole.
 */
async function* frameByFrame(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const create = (zlib as unknown as { createZstdDecompress?: CreateZstd }).createZstdDecompress;
  if (create === undefined) {
    throw new Damage('unsupported', 'reading zstd needs the program zstd, or Node 22.15: install zstd');
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
