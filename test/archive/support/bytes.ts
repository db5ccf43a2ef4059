/** Cuts bytes into pieces of `width`. */
export function* pieces(bytes: Uint8Array, width: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += width) yield bytes.subarray(at, at + width);
}

export async function* asyncPieces(bytes: Uint8Array, width = 65_536): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes, width);
}

/** All pieces in one, copied as they come, because producers reuse their buffers. */
export class Collector {
  private readonly parts: Uint8Array[] = [];

  readonly add = (bytes: Uint8Array): void => {
    this.parts.push(bytes.slice());
  };

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const collector = new Collector();
  for await (const bytes of source) collector.add(bytes);
  return collector.bytes();
}

/** Bytes that compress like text does: words of a small vocabulary, by a seed. */
export function wordy(sizeBytes: number, seed: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  const random = xorshift(seed);
  for (let at = 0; at < sizeBytes; ) {
    const word = `${(random() % 5000).toString(36)}${random() % 7 === 0 ? '\n' : ' '}`;
    at += bytes.write(word, at, 'latin1');
  }
  return bytes;
}

/** Bytes that do not compress, by a seed. */
export function noise(sizeBytes: number, seed: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  const random = xorshift(seed);
  for (let at = 0; at < sizeBytes; at += 1) bytes[at] = random() & 0xff;
  return bytes;
}

/** Numbers below 2^32, the same ones for the same seed. */
function xorshift(seed: number): () => number {
  let state = (seed | 0) * 2 + 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
