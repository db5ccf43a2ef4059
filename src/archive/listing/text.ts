import { TextDecoder } from 'node:util';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/**
 * The bytes of a listing without a byte order mark. Converts UTF-16, as written by `>` in a Windows shell, to UTF-8.
 */
export class ListingText {
  #head: Buffer = Buffer.alloc(0);
  #encoding: Encoding | undefined;
  #decoder: TextDecoder | undefined;

  /** The bytes that are certain so far; they may share memory with the chunk. */
  push(chunk: Uint8Array): Buffer {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#encoding !== undefined) return this.#convert(bytes);
    this.#head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes]);
    return this.#head.length < 4 ? Buffer.alloc(0) : this.#begin();
  }

  /** The bytes that were held back. */
  end(): Buffer {
    const rest = this.#encoding === undefined ? this.#begin() : Buffer.alloc(0);
    return this.#decoder === undefined ? rest : Buffer.concat([rest, Buffer.from(this.#decoder.decode())]);
  }

  #begin(): Buffer {
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    const [encoding, mark] = encodingOf(head);
    this.#encoding = encoding;
    if (encoding !== 'utf-8') this.#decoder = new TextDecoder(encoding);
    return this.#convert(head.subarray(mark));
  }

  #convert(bytes: Buffer): Buffer {
    return this.#decoder === undefined ? bytes : Buffer.from(this.#decoder.decode(bytes, { stream: true }));
  }
}

/** The encoding and the length of its byte order mark. Without a mark, UTF-16 is detected by its zero bytes. */
function encodingOf(head: Buffer): [Encoding, number] {
  const [a, b, c, d] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return ['utf-8', 3];
  if (a === 0xff && b === 0xfe) return ['utf-16le', 2];
  if (a === 0xfe && b === 0xff) return ['utf-16be', 2];
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return ['utf-16le', 0];
  if (a === 0 && b !== 0 && c === 0 && d !== 0) return ['utf-16be', 0];
  return ['utf-8', 0];
}
