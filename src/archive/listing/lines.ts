/** Longer lines do not occur in listings: PAX names may be long, but PATH_MAX is 4,096 where they are restored. */
export const MAX_LINE_BYTES = 256 * 1024;

/**
 * Splits chunks into lines (one character per byte, without `\n` and one `\r` before it). A line longer than the limit
 * is passed on as undefined, so that it is counted but not kept.
 */
export class LineSplitter {
  #carry: Buffer[] = [];
  #carryBytes = 0;
  #overlong = false;
  #last = 0x0a;
  readonly #onLine: (line: string | undefined) => void;

  constructor(onLine: (line: string | undefined) => void) {
    this.#onLine = onLine;
  }

  /** Whether the last byte ended a line. If not, the listing is truncated. */
  get endsClean(): boolean {
    return this.#last === 0x0a;
  }

  push(chunk: Uint8Array): void {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (buffer.length === 0) return;
    this.#last = buffer[buffer.length - 1] ?? 0x0a;
    let start = 0;
    for (let end = buffer.indexOf(0x0a); end >= 0; end = buffer.indexOf(0x0a, start)) {
      this.#take(buffer.subarray(start, end));
      this.#flush();
      start = end + 1;
    }
    this.#take(buffer.subarray(start));
  }

  end(): void {
    if (this.#carryBytes > 0 || this.#overlong) this.#flush();
  }

  #take(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#overlong ||= this.#carryBytes + piece.length > MAX_LINE_BYTES;
    if (this.#overlong) this.#carry = [];
    // Copy: the caller may reuse the chunk.
    else this.#carry.push(Buffer.from(piece));
    this.#carryBytes += piece.length;
  }

  #flush(): void {
    const line = this.#overlong ? undefined : Buffer.concat(this.#carry).toString('latin1');
    this.#carry = [];
    this.#carryBytes = 0;
    this.#overlong = false;
    this.#onLine(line?.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
