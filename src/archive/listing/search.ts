import type { ListingEntry, Quoting } from './entry.js';
import { type LineOptions, readLine } from './line.js';
import { LineCounter } from './line-counter.js';
import { MAX_LINE_BYTES } from './lines.js';
import type { Needles } from './needles.js';
import { type ListingShape, SNIFF_BYTES, sniffListing } from './sniff.js';
import { ListingText } from './text.js';

export interface SearchSummary {
  bytes: number;
  lines: number;
  /** Lines in an unknown format, and lines that are too long. */
  unreadable: number;
  /** Whether it does not end with a line end, so it may be truncated. */
  truncated: boolean;
  verbose: boolean;
  /** Why the file is not a listing at all. */
  foreign?: string;
}

export interface SearchSink {
  entry(entry: ListingEntry): void;
  /** A line that contains a needle but not a member: a program's message or a heading. */
  other?(line: string): void;
}

/**
 * Searches for a few names in a listing of any length, in constant memory and without parsing most lines: only lines
 * that contain a needle, or that start differently from the others, are parsed. One search reads one listing; the
 * needles may be shared.
 */
export class ListingSearch {
  readonly #text = new ListingText();
  #carry = Buffer.alloc(0);
  #overlong = false;
  #bytes = 0;
  #unreadable = 0;
  #last = 0x0a;
  #head: Buffer[] = [];
  #headBytes = 0;
  #shape: ListingShape | undefined;
  #entries = 0;
  /** The end of the heading in the current block. */
  #headingEnd = 0;
  readonly #counter = new LineCounter();

  readonly #needles: Needles;
  readonly #sink: SearchSink;
  readonly #quoting: Quoting;

  constructor(needles: Needles, sink: SearchSink, quoting: Quoting = 'auto') {
    this.#needles = needles;
    this.#sink = sink;
    this.#quoting = quoting;
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#take(this.#text.push(chunk));
  }

  end(): SearchSummary {
    this.#take(this.#text.end());
    const truncated = this.#last !== 0x0a;
    if (truncated) {
      this.#keep(Buffer.from('\n'));
      this.#releaseCarry();
    }
    if (this.#shape === undefined && this.#headBytes > 0) this.#sniff();
    const foreign = this.#whyForeign();
    return {
      bytes: this.#bytes,
      lines: this.#counter.lines,
      unreadable: this.#unreadable,
      truncated,
      verbose: this.#shape?.verbose ?? false,
      ...(foreign === undefined ? {} : { foreign }),
    };
  }

  #whyForeign(): string | undefined {
    if (this.#bytes === 0) return 'it has 0 bytes';
    if (this.#shape?.foreign === true) return 'its columns are in an unknown format';
    const isParsed = this.#shape?.silent === true || this.#shape?.regular === false;
    return isParsed && this.#entries === 0 ? 'it has no entries' : undefined;
  }

  #take(buffer: Buffer): void {
    if (buffer.length === 0) return;
    this.#last = buffer[buffer.length - 1] ?? 0x0a;
    const first = buffer.indexOf(0x0a);
    if (first < 0) {
      this.#keep(buffer);
      return;
    }
    this.#keep(buffer.subarray(0, first + 1));
    this.#releaseCarry();
    const last = buffer.lastIndexOf(0x0a);
    if (last > first) this.#block(buffer.subarray(first + 1, last + 1));
    this.#keep(buffer.subarray(last + 1));
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#overlong || this.#carry.length + piece.length > MAX_LINE_BYTES) {
      this.#overlong = true;
      this.#carry = Buffer.alloc(0);
    } else this.#carry = Buffer.concat([this.#carry, piece]);
  }

  #releaseCarry(): void {
    const line = this.#carry;
    this.#carry = Buffer.alloc(0);
    if (this.#overlong) this.#unreadable += 1;
    else if (line.length > 0) this.#block(line);
    this.#overlong = false;
  }

  /** Processes whole lines. Keeps the first ones until there are enough to detect the format. */
  #block(lines: Buffer): void {
    if (this.#shape !== undefined) {
      this.#searchIn(lines, this.#shape);
      return;
    }
    this.#head.push(Buffer.from(lines));
    this.#headBytes += lines.length;
    if (this.#headBytes >= SNIFF_BYTES) this.#sniff();
  }

  #sniff(): void {
    const lines = Buffer.concat(this.#head);
    this.#head = [];
    const first = linesOf(lines.toString('latin1', 0, SNIFF_BYTES));
    const shape = sniffListing(first.length > 0 ? first : [lineAt(lines, 0, lines.indexOf(0x0a))]);
    for (let count = 0; count < shape.heading; count += 1) {
      this.#headingEnd = lines.indexOf(0x0a, this.#headingEnd) + 1;
    }
    this.#shape = shape;
    this.#searchIn(lines, shape);
    this.#headingEnd = 0;
  }

  #searchIn(lines: Buffer, shape: ListingShape): void {
    const parsed = shape.silent || !shape.regular;
    const odd = (start: number): void => this.#odd(lines, start);
    if (parsed) this.#counter.push(lines, { every: odd });
    else this.#counter.push(lines, shape.verbose ? { odd } : {});
    let end = -1;
    for (let at = this.#needles.next(lines, 0); at >= 0; at = this.#needles.next(lines, end + 1)) {
      const start = lines.lastIndexOf(0x0a, at) + 1;
      end = lines.indexOf(0x0a, at);
      const isCounted = parsed || (shape.verbose && !LineCounter.isRegular(lines, start));
      this.#hit(lineAt(lines, start, end), isCounted, start < this.#headingEnd);
    }
  }

  /** Processes a line that does not start with a mode. */
  #odd(lines: Buffer, start: number): void {
    const read = readLine(lineAt(lines, start, lines.indexOf(0x0a, start)), this.#options());
    if (read === undefined) this.#unreadable += start < this.#headingEnd ? 0 : 1;
    else if (read !== 'noise') this.#entries += 1;
  }

  #hit(line: string, isCounted: boolean, isHeading: boolean): void {
    const read = readLine(line, this.#options());
    if (read === 'noise' || (read === undefined && isHeading)) this.#sink.other?.(line);
    else if (read !== undefined) this.#sink.entry(read);
    else if (!isCounted) this.#unreadable += 1;
  }

  #options(): LineOptions {
    return { quoting: this.#quoting, verbose: this.#shape?.verbose ?? false, dress: this.#shape?.dress };
  }
}

function lineAt(lines: Buffer, start: number, end: number): string {
  const line = lines.toString('latin1', start, end);
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).slice(0, -1);
}
