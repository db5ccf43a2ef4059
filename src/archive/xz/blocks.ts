import type { CompressedTrailing } from '../notes.js';
import { readBlockHeader } from './block-header.js';
import { XzIndexWalk } from './index-walk.js';
import {
  beginsStream,
  MAGIC_BYTES,
  NO_CHECK,
  readStreamHeader,
  STREAM_HEADER_BYTES,
} from './stream-header.js';

const LONGEST_BLOCK_HEADER_BYTES = 1024;
const FOOTER_BYTES = 12;

/** One block, with the fields of an index record. */
export interface XzBlock {
  end: number;
  /** Without the padding to a multiple of four. */
  unpaddedBytes: number;
  outputBytes: number;
  /** Whether its header has its size. Otherwise the next block can be found only by walking over this one. */
  sized: boolean;
  /** Whether a check covers its output. */
  checked: boolean;
  /** The number of its stream in the file, from 1. */
  stream: number;
}

/**
 * `between` is after a stream, where padding, another stream, or other data may follow; `unknown` means that only
 * decoding can tell.
 */
type State =
  | 'between'
  | 'stream-header'
  | 'block-header'
  | 'chunk-header'
  | 'chunk'
  | 'block-end'
  | 'index'
  | 'footer'
  | 'trailing'
  | 'unknown';

/**
 * Walks over the streams and blocks of an .xz file without decoding: by the sizes in block headers, which `xz -T` and
 * pixz write, otherwise by the headers of LZMA2 chunks. Other data after the last stream is not an error: `trailing`
 * says where it starts.
 */
export class XzBlocks {
  /** The header of the first stream, once it was read. */
  streamHeader: Uint8Array = new Uint8Array(0);
  /** Whether every stream so far has a check. */
  checked = true;
  #state: State = 'stream-header';
  readonly #head = new Uint8Array(LONGEST_BLOCK_HEADER_BYTES);
  #headFilled = 0;
  #skip = 0;
  #at = 0;
  #streams = 0;
  #checkBytes = 0;
  #checkType = 0;
  #block = { headerBytes: 0, compressedBytes: 0, outputBytes: 0, sized: false };
  #index = new XzIndexWalk();
  #trailingAt: number | undefined;
  readonly #onBlock: (block: XzBlock) => void;
  readonly #onDictionary: (bytes: number) => void;

  /**
   * @param streamHeader required if the first bytes pushed are those of a block, not of a file
   * @param onDictionary called with the dictionary size of each block, in bytes
   */
  constructor(
    onBlock: (block: XzBlock) => void,
    streamHeader: Uint8Array | undefined = undefined,
    onDictionary: (bytes: number) => void = () => undefined,
  ) {
    this.#onBlock = onBlock;
    this.#onDictionary = onDictionary;
    if (streamHeader !== undefined) this.#beginStream(streamHeader);
  }

  /** Whether the structure is known: false if only a decoder can tell. */
  get known(): boolean {
    return this.#state !== 'unknown';
  }

  /** Bytes after the last stream. */
  get trailing(): Required<CompressedTrailing> | undefined {
    if (this.#trailingAt === undefined) return undefined;
    return { at: this.#trailingAt, bytes: this.#at - this.#trailingAt };
  }

  /** Bytes up to this offset certainly belong to streams. */
  get certainTo(): number {
    return this.#trailingAt ?? (this.#state === 'between' ? this.#at - this.#headFilled : this.#at);
  }

  push(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length) {
      if (this.#state === 'trailing' || this.#state === 'unknown') {
        this.#at += chunk.length - from;
        return;
      }
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, chunk.length - from);
        this.#skip -= count;
        this.#at += count;
        from += count;
        if (this.#skip === 0) this.#skipped();
        continue;
      }
      const byte = chunk[from] as number;
      this.#head[this.#headFilled] = byte;
      this.#headFilled += 1;
      this.#at += 1;
      from += 1;
      if (this.#state === 'index') this.#indexByte(byte);
      else this.#header();
    }
  }

  /** Ends the file. The decoder rejects an incomplete next stream; anything else is trailing data. */
  finish(): void {
    if (this.#state !== 'between' || this.#headFilled === 0) return;
    const head = this.#head.subarray(0, this.#headFilled);
    if (head.length < MAGIC_BYTES || !beginsStream(head)) this.#trail();
  }

  #header(): void {
    const head = this.#head.subarray(0, this.#headFilled);
    if (this.#state === 'between') this.#between(head);
    else if (this.#state === 'stream-header') {
      if (head.length === STREAM_HEADER_BYTES) this.#beginStream(head.slice());
    } else if (this.#state === 'block-header') this.#blockHeader(head);
    else if (this.#state === 'chunk-header') this.#chunkHeader(head);
    else if (this.#state === 'footer' && head.length === FOOTER_BYTES) this.#endStream(head);
  }

  /** Padding is a multiple of four zeros. Anything else that does not start a stream is trailing data. */
  #between(head: Uint8Array): void {
    if (head.length < 4) return;
    if (head.length === 4 && head.every((byte) => byte === 0)) this.#enter('between');
    else if (!beginsStream(head)) this.#trail();
    else if (head.length === STREAM_HEADER_BYTES) this.#beginStream(head.slice());
  }

  #trail(): void {
    this.#trailingAt = this.#at - this.#headFilled;
    this.#state = 'trailing';
  }

  #beginStream(header: Uint8Array): void {
    this.#checkBytes = readStreamHeader(header);
    this.#checkType = header[7] as number;
    this.checked &&= this.#checkType !== NO_CHECK;
    if (this.#streams === 0) this.streamHeader = header;
    this.#streams += 1;
    this.#enter('block-header');
  }

  #endStream(footer: Uint8Array): void {
    const isFooter = footer[10] === 0x59 && footer[11] === 0x5a;
    this.#enter(isFooter ? 'between' : 'unknown');
  }

  #blockHeader(head: Uint8Array): void {
    if (head[0] === 0) {
      this.#index = new XzIndexWalk();
      this.#index.push(0);
      this.#enter('index');
      return;
    }
    const size = ((head[0] as number) + 1) * 4;
    if (head.length < size) return;
    const { compressedBytes, outputBytes, dictionaryBytes } = readBlockHeader(head);
    this.#onDictionary(dictionaryBytes ?? 0);
    const sized = compressedBytes !== undefined && outputBytes !== undefined;
    this.#block = {
      headerBytes: size,
      compressedBytes: sized ? compressedBytes : 0,
      outputBytes: sized ? outputBytes : 0,
      sized,
    };
    if (sized) this.#blockEnds(compressedBytes);
    else this.#enter(dictionaryBytes === undefined ? 'unknown' : 'chunk-header');
  }

  /** Parses an LZMA2 chunk: its control byte determines the header length, and the header the chunk length. */
  #chunkHeader(head: Uint8Array): void {
    const control = head[0] as number;
    const needed = control === 0 ? 1 : control < 0x80 ? 3 : control < 0xc0 ? 5 : 6;
    if (head.length < needed) return;
    const block = this.#block;
    const word = (at: number): number => (((head[at] as number) << 8) | (head[at + 1] as number)) + 1;
    if (control === 0) {
      block.compressedBytes += 1;
      this.#blockEnds(0);
    } else if (control < 0x80 && control > 2) {
      this.#enter('unknown');
    } else {
      const size = control < 0x80 ? word(1) : word(3);
      block.outputBytes += control < 0x80 ? size : ((control & 0x1f) << 16) + word(1);
      block.compressedBytes += needed + size;
      this.#enter('chunk', size);
    }
  }

  /** Skips the rest of a block: `rest` bytes of data, padding to a multiple of four, and the check. */
  #blockEnds(rest: number): void {
    const padding = (4 - (this.#block.compressedBytes % 4)) % 4;
    const skip = rest + padding + this.#checkBytes;
    this.#enter('block-end', skip);
    if (skip === 0) this.#skipped();
  }

  #skipped(): void {
    if (this.#state === 'chunk') {
      this.#enter('chunk-header');
      return;
    }
    const { headerBytes, compressedBytes, outputBytes, sized } = this.#block;
    const unpaddedBytes = headerBytes + compressedBytes + this.#checkBytes;
    const checked = this.#checkType !== NO_CHECK;
    this.#enter('block-header');
    this.#onBlock({ end: this.#at, unpaddedBytes, outputBytes, sized, checked, stream: this.#streams });
  }

  #indexByte(byte: number): void {
    this.#headFilled = 0;
    this.#index.push(byte);
    if (this.#index.done) this.#enter('footer');
  }

  #enter(state: State, skip = 0): void {
    this.#state = state;
    this.#headFilled = 0;
    this.#skip = skip;
  }
}
