import { crc32 } from 'node:zlib';
import { formatDamage } from '../damage.js';

/** Stream header and footer of the .xz format (version 1.1.0, sections 2.1.1 and 2.1.2). */
export const STREAM_HEADER_BYTES = 12;
const HEADER_MAGIC = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00);
const FOOTER_MAGIC = Uint8Array.of(0x59, 0x5a);
/** Size of the check after each block, by its type (section 2.1.1.2). */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;
const LONGEST_BLOCK_HEADER_BYTES = 1024;

/** One block: what an index record needs to say of it. */
export interface XzBlock {
  end: number;
  /** Without the padding to a multiple of four. */
  unpaddedBytes: number;
  outputBytes: number;
}

/** Checks a stream header, and tells how long the check behind each block is. @throws Damage */
function readStreamHeader(header: Uint8Array): number {
  const magic = HEADER_MAGIC.every((byte, i) => header[i] === byte);
  const type = header[7] ?? 0xff;
  const bytes = CHECK_BYTES[type];
  if (!magic || header[6] !== 0 || bytes === undefined || header.length !== STREAM_HEADER_BYTES) {
    throw formatDamage('corrupt', 'an xz stream header that can not be read');
  }
  return bytes;
}

type State = 'stream-header' | 'block-header' | 'block' | 'rest';

/**
 * Walks over the blocks of an xz stream by the sizes in their headers, which `xz -T` and pixz write and plain `xz`
 * does not: then `opaque` is called, and no block is told.
 */
export class XzBlocks {
  #state: State;
  readonly #head = new Uint8Array(LONGEST_BLOCK_HEADER_BYTES);
  #headFilled = 0;
  #skip = 0;
  #at: number;
  #checkBytes: number;
  #block: XzBlock | undefined;
  readonly #onBlock: (block: XzBlock) => void;
  readonly #opaque: () => void;
  readonly #onDictionary: (bytes: number) => void;

  /**
   * @param streamHeader where the first bytes pushed are not a file's but a block's
   * @param onDictionary gets the size of each block's dictionary, in bytes
   */
  constructor(
    onBlock: (block: XzBlock) => void,
    opaque: () => void,
    streamHeader: Uint8Array | undefined = undefined,
    onDictionary: (bytes: number) => void = () => undefined,
  ) {
    this.#onBlock = onBlock;
    this.#opaque = opaque;
    this.#onDictionary = onDictionary;
    this.#state = streamHeader === undefined ? 'stream-header' : 'block-header';
    this.#checkBytes = streamHeader === undefined ? 0 : readStreamHeader(streamHeader);
    this.#at = 0;
    if (streamHeader !== undefined) this.streamHeader = streamHeader;
  }

  /** As read from the file; empty before. */
  streamHeader: Uint8Array = new Uint8Array(0);

  push(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length && this.#state !== 'rest') {
      if (this.#state === 'block') {
        const count = Math.min(this.#skip, chunk.length - from);
        this.#skip -= count;
        this.#at += count;
        from += count;
        if (this.#skip === 0) this.#blockEnd();
        continue;
      }
      this.#head[this.#headFilled] = chunk[from] as number;
      this.#headFilled += 1;
      this.#at += 1;
      from += 1;
      this.#header();
    }
  }

  #header(): void {
    if (this.#state === 'stream-header') {
      if (this.#headFilled < STREAM_HEADER_BYTES) return;
      this.streamHeader = this.#head.slice(0, STREAM_HEADER_BYTES);
      this.#checkBytes = readStreamHeader(this.streamHeader);
      this.#state = 'block-header';
      this.#headFilled = 0;
      return;
    }
    const size = ((this.#head[0] as number) + 1) * 4;
    if (this.#head[0] === 0) this.#state = 'rest';
    else if (this.#headFilled === size) this.#blockHeader(size);
  }

  #blockHeader(size: number): void {
    const head = this.#head;
    const view = new DataView(head.buffer);
    if (view.getUint32(size - 4, true) !== crc32(head.subarray(0, size - 4))) {
      throw formatDamage('corrupt', 'an xz block header whose CRC-32 does not match');
    }
    const flags = head[1] as number;
    this.#onDictionary(dictionaryBytes(head, size - 4));
    if ((flags & 0xc0) !== 0xc0) {
      this.#state = 'rest';
      this.#opaque();
      return;
    }
    const compressed = readVli(head, 2, size - 4);
    const output = readVli(head, compressed.next, size - 4);
    const unpaddedBytes = size + compressed.value + this.#checkBytes;
    const padding = (4 - (compressed.value % 4)) % 4;
    this.#skip = compressed.value + padding + this.#checkBytes;
    this.#block = { end: this.#at + this.#skip, unpaddedBytes, outputBytes: output.value };
    this.#state = 'block';
    this.#headFilled = 0;
    if (compressed.value === 0) throw formatDamage('corrupt', 'an xz block of no size');
  }

  #blockEnd(): void {
    const block = this.#block;
    this.#state = 'block-header';
    if (block !== undefined) this.#onBlock(block);
  }
}

/**
 * Index and footer for a stream of just these blocks: with the header before and this behind, some blocks out of
 * the middle of a file are a whole xz file, which any decoder verifies.
 */
export function streamEnd(blocks: readonly XzBlock[], streamHeader: Uint8Array): Uint8Array {
  const index: number[] = [0];
  writeVli(index, blocks.length);
  for (const block of blocks) {
    writeVli(index, block.unpaddedBytes);
    writeVli(index, block.outputBytes);
  }
  while (index.length % 4 !== 0) index.push(0);
  const end = new Uint8Array(index.length + 4 + STREAM_HEADER_BYTES);
  const view = new DataView(end.buffer);
  end.set(index);
  view.setUint32(index.length, crc32(end.subarray(0, index.length)), true);
  const footer = index.length + 4;
  view.setUint32(footer + 4, footer / 4 - 1, true);
  end.set(streamHeader.subarray(6, 8), footer + 8);
  view.setUint32(footer, crc32(end.subarray(footer + 4, footer + 10)), true);
  end.set(FOOTER_MAGIC, footer + 10);
  return end;
}

/** Filter id of LZMA2 (section 5.3.1): its one byte of properties is the size of the dictionary. */
const LZMA2 = 0x21;

/** The dictionary of the block's LZMA2 filter; 0 where the header has none that can be read. */
function dictionaryBytes(head: Uint8Array, end: number): number {
  const flags = head[1] as number;
  let at = 2;
  for (const bit of [0x40, 0x80]) if ((flags & bit) !== 0) at = readVli(head, at, end).next;
  for (let filter = 0; filter <= (flags & 3); filter += 1) {
    const id = readVli(head, at, end);
    const properties = readVli(head, id.next, end);
    const bits = head[properties.next] ?? 0;
    if (id.value === LZMA2) return bits >= 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
    at = properties.next + properties.value;
  }
  return 0;
}

function readVli(bytes: Uint8Array, from: number, end: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let at = from; at < end && at < from + 9; at += 1, scale *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (!Number.isSafeInteger(value)) break;
      return { value, next: at + 1 };
    }
  }
  throw formatDamage('corrupt', 'an xz block header with a number out of range');
}

function writeVli(to: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) to.push((rest % 128) | 128);
  to.push(rest);
}
