import { createInflateRaw, type InflateRaw } from 'node:zlib';
import { formatDamage } from '../damage.js';
import { entryPrefix } from './entry.js';
import { gzipHeaderLength, MAX_HEADER_BYTES } from './header.js';

/** Compressed bytes per zlib call: limits the output before the consumer is asked again to a thousand times this. */
const SLICE_BYTES = 16_384;
const OUTPUT_CHUNK_BYTES = 262_144;
const TRAILER_BYTES = 8;

/**
 * Decodes a gzip file from a position between two blocks: `compressed` starts with the byte that contains bit `bit`,
 * and `window` is the output before it. Continues through further members until the input ends. The caller must know
 * how much output it needs and check its digest, because no CRC covers the middle of a member.
 * @throws Damage
 */
export async function* inflateFrom(
  compressed: AsyncIterable<Uint8Array>,
  bit: number,
  window: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let member = new RawMember(window);
  let skip = 0;
  let head: Uint8Array | undefined;
  let first = true;
  try {
    for await (const chunk of compressed) {
      let rest: Uint8Array = chunk;
      if (first && rest.length > 0) {
        first = false;
        if (bit > 0) {
          yield* await member.write(entryPrefix(bit, rest[0] as number));
          rest = rest.subarray(1);
        }
      }
      while (rest.length > 0) {
        if (skip > 0) {
          const skipped = Math.min(skip, rest.length);
          skip -= skipped;
          rest = rest.subarray(skipped);
          if (skip === 0) head = new Uint8Array(0);
          continue;
        }
        if (head !== undefined) {
          // Zeros or other bytes after the last member.
          if (head.length === 0 && rest[0] !== 0x1f) return;
          const taken = takeHeader(head, rest);
          head = taken.head;
          rest = taken.rest;
          if (head === undefined) member = new RawMember(new Uint8Array(0));
          continue;
        }
        const slice = rest.subarray(0, SLICE_BYTES);
        yield* await member.write(slice);
        rest = rest.subarray(slice.length - member.unused);
        if (member.ended) {
          member.close();
          skip = TRAILER_BYTES;
        }
      }
    }
  } finally {
    member.close();
  }
}

/** Collects a member header. `head` is undefined when it is complete, and `rest` is what follows it. */
export function takeHeader(
  head: Uint8Array,
  rest: Uint8Array,
): { head: Uint8Array | undefined; rest: Uint8Array } {
  const gathered = new Uint8Array(head.length + rest.length);
  gathered.set(head);
  gathered.set(rest, head.length);
  const length = gzipHeaderLength(gathered, 0, gathered.length);
  if (length !== undefined) return { head: undefined, rest: gathered.subarray(length) };
  if (gathered.length > MAX_HEADER_BYTES * 3) throw formatDamage('limit', 'a gzip header is too long');
  return { head: gathered, rest: new Uint8Array(0) };
}

/** One raw deflate stream in node:zlib, fed one piece at a time. */
export class RawMember {
  ended = false;
  /** Number of bytes in the last piece after the end of the stream. */
  unused = 0;

  readonly #stream: InflateRaw;
  #outputs: Uint8Array[] = [];
  #written = 0;
  #error: Error | undefined;
  #wake: () => void = () => {};

  constructor(dictionary: Uint8Array) {
    this.#stream = createInflateRaw({
      chunkSize: OUTPUT_CHUNK_BYTES,
      ...(dictionary.length > 0 ? { dictionary } : {}),
    });
    this.#stream.on('data', (bytes: Uint8Array) => this.#outputs.push(bytes));
    this.#stream.on('end', () => {
      this.ended = true;
      this.#wake();
    });
    this.#stream.on('error', (error: Error) => {
      this.#error = error;
      this.#wake();
    });
  }

  /** Decodes a piece and returns its output. @throws Damage */
  async write(bytes: Uint8Array): Promise<Uint8Array[]> {
    const { output, fault } = await this.tryWrite(bytes);
    if (fault !== undefined) throw fault;
    return output;
  }

  /** Decodes a piece; returns the output before a fault together with the fault. */
  async tryWrite(bytes: Uint8Array): Promise<{ output: Uint8Array[]; fault?: Error }> {
    this.#written += bytes.length;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#stream.write(bytes, () => resolve());
    });
    const output = this.#outputs;
    this.#outputs = [];
    if (this.#error !== undefined) {
      const fault = formatDamage('corrupt', `the deflate stream is damaged: ${this.#error.message}`);
      return { output, fault };
    }
    this.unused = this.ended ? this.#written - this.#stream.bytesWritten : 0;
    return { output };
  }

  close(): void {
    this.#stream.destroy();
  }
}
