/** A plan has seven levels. Parsing a file of nested brackets would take gigabytes. */
const MAX_DEPTH = 32;
/** Everything but the rows: sources with their errors, totals by type. */
const MAX_HEAD_BYTES = 64 * 1024 * 1024;
/** One row. Rows that Salvor writes have at most about 20 kB, unless names are hostile. */
const MAX_ROW_BYTES = 16 * 1024 * 1024;
/** All keys of a plan are shorter. A longer string cannot be a key and is not kept. */
const MAX_KEY_LENGTH = 32;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** One row of a plan, and its position in the file. */
export interface RowText {
  text: string;
  offset: number;
  sizeBytes: number;
}

/** An error in a plan's text that is found before parsing. */
export class PlanTextError extends Error {}

/**
 * Splits the JSON text of a plan, as a stream, into the elements of its top-level `rows` and the rest. Only the current
 * row is in memory. Does not validate the JSON: the callbacks parse the parts.
 */
export class PlanSplitter {
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #inRows = false;
  /** The last string at the top level: a key if a list follows. */
  #lastString = '';
  readonly #head = new Part(MAX_HEAD_BYTES, 'has too much data outside its rows');
  readonly #row = new Part(MAX_ROW_BYTES, 'has a row that is too large');
  readonly #onRows: (head: string) => void;
  readonly #onRow: (row: RowText) => void;
  /** File offsets of the current chunk and of the current row. */
  #chunkAt = 0;
  #rowAt = 0;

  /** @param onRows called with what precedes the rows, as a complete object; may throw */
  constructor(onRows: (head: string) => void, onRow: (row: RowText) => void) {
    this.#onRows = onRows;
    this.#onRow = onRow;
  }

  /** @throws PlanTextError */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let i = 0; i < bytes.length; i += 1) {
      const byte = bytes[i] as number;
      if (this.#inString) this.#inText(byte);
      else if (byte === QUOTE) {
        this.#inString = true;
        if (this.#depth === 1) this.#lastString = '';
      } else if (OPENING.has(byte)) {
        this.#depth += 1;
        if (this.#depth > MAX_DEPTH) throw new PlanTextError(`is nested more than ${MAX_DEPTH} levels deep`);
        if (this.#depth === 2 && byte === 0x5b && this.#lastString === 'rows')
          start = this.#enterRows(bytes, start, i);
      } else if (CLOSING.has(byte)) {
        this.#depth -= 1;
        if (this.#inRows && this.#depth === 1) start = this.#leaveRows(bytes, start, i);
      } else if (byte === COMMA && this.#inRows && this.#depth === 2) start = this.#endRow(bytes, start, i);
    }
    (this.#inRows ? this.#row : this.#head).add(bytes.subarray(start));
    this.#chunkAt += bytes.length;
  }

  /** Everything but the rows, which are replaced by `null`. */
  end(): string {
    return this.#head.take();
  }

  #inText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      return;
    }
    if (this.#depth === 1 && this.#lastString.length < MAX_KEY_LENGTH)
      this.#lastString += String.fromCharCode(byte);
  }

  #enterRows(bytes: Buffer, start: number, at: number): number {
    this.#head.add(bytes.subarray(start, at));
    this.#head.add(Buffer.from('null'));
    this.#inRows = true;
    this.#lastString = '';
    this.#onRows(`${this.#head.text()}}`);
    this.#rowAt = this.#chunkAt + at + 1;
    return at + 1;
  }

  #leaveRows(bytes: Buffer, start: number, at: number): number {
    const after = this.#endRow(bytes, start, at);
    this.#inRows = false;
    return after;
  }

  #endRow(bytes: Buffer, start: number, at: number): number {
    this.#row.add(bytes.subarray(start, at));
    const { sizeBytes } = this.#row;
    const text = this.#row.take();
    if (text.trim() !== '') this.#onRow({ text, offset: this.#rowAt, sizeBytes });
    this.#rowAt = this.#chunkAt + at + 1;
    return at + 1;
  }
}

/** Collects the text of one part, up to a limit. */
class Part {
  #pieces: Buffer[] = [];
  #bytes = 0;
  readonly #limit: number;
  readonly #complaint: string;

  constructor(limit: number, complaint: string) {
    this.#limit = limit;
    this.#complaint = complaint;
  }

  add(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#limit) throw new PlanTextError(this.#complaint);
    // Copy: the reader may reuse the chunk.
    if (piece.length > 0) this.#pieces.push(Buffer.from(piece));
  }

  get sizeBytes(): number {
    return this.#bytes;
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }

  take(): string {
    const text = this.text();
    this.#pieces = [];
    this.#bytes = 0;
    return text;
  }
}
