/** A plan has seven levels. Parsing a file of brackets takes gigabytes. */
const MAX_DEPTH = 32;
/** Everything but the rows: sources with their errors, totals by type. */
const MAX_HEAD_BYTES = 64 * 1024 * 1024;
/** One row; those that Salvor writes have at most some 20 kB, unless names are hostile. */
const MAX_ROW_BYTES = 16 * 1024 * 1024;
/** A key of a plan is shorter; of a longer string it only counts that it is none. */
const MAX_KEY_LENGTH = 32;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** One row of a plan, and where in the file it is. */
export interface RowText {
  text: string;
  offset: number;
  sizeBytes: number;
}

/** What is wrong with a plan's text before anything of it is parsed. */
export class PlanTextError extends Error {}

/**
 * Cuts the JSON text of a plan into the elements of its top-level `rows` and the rest, while it streams: of the rows,
 * only the one that is being read is held. Does not judge the JSON: whoever gets a part parses it.
 */
export class PlanSplitter {
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #inRows = false;
  /** The last string at the top level: a key, when a list follows it. */
  #lastString = '';
  readonly #head = new Part(MAX_HEAD_BYTES, 'has too much besides its rows');
  readonly #row = new Part(MAX_ROW_BYTES, 'has a row that is too large');
  readonly #onRows: (head: string) => void;
  readonly #onRow: (row: RowText) => void;
  /** Where the chunk that is being read begins, and where the row does. */
  #chunkAt = 0;
  #rowAt = 0;

  /** @param onRows is given what precedes the rows, as a whole object; it may throw what it likes */
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

  /** Everything but the rows, in whose place is `null`. */
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

/** Pieces of text that belong together. */
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
    // The chunk is its reader's, who may use it again.
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
