import { looksVerbose } from './columns.js';
import type { ListingEntry, Quoting } from './entry.js';
import { isMessage, readLine } from './line.js';
import { LineCounter } from './line-counter.js';
import { MAX_LINE_BYTES } from './lines.js';
import type { Needles } from './needles.js';

export interface SearchSummary {
  bytes: number;
  lines: number;
  /** Lines of a verbose listing that begin no entry, and lines that are too long. */
  unreadable: number;
  /** It does not end with a line end, so it may have been cut off. */
  truncated: boolean;
  verbose: boolean;
}

/**
 * Looks for a few names in a listing of any length, in constant memory and without reading its lines: only lines
 * that hold one of the needles are parsed. One search reads one listing; the needles may be shared.
 */
export class ListingSearch {
  private carry = Buffer.alloc(0);
  private overlong = false;
  private bytes = 0;
  private unreadable = 0;
  private last = 0x0a;
  private verbose: boolean | undefined;
  private readonly counter = new LineCounter();

  constructor(
    private readonly needles: Needles,
    private readonly onEntry: (entry: ListingEntry) => void,
    private readonly quoting: Quoting = 'auto',
  ) {}

  push(chunk: Uint8Array): void {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (buffer.length === 0) return;
    this.bytes += buffer.length;
    this.last = buffer[buffer.length - 1] ?? 0x0a;
    const first = buffer.indexOf(0x0a);
    if (first < 0) {
      this.keep(buffer);
      return;
    }
    this.keep(buffer.subarray(0, first + 1));
    this.releaseCarry();
    const last = buffer.lastIndexOf(0x0a);
    if (last > first) this.block(buffer.subarray(first + 1, last + 1));
    this.keep(buffer.subarray(last + 1));
  }

  end(): SearchSummary {
    const truncated = this.last !== 0x0a;
    if (truncated) {
      this.keep(Buffer.from('\n'));
      this.releaseCarry();
    }
    const odd = this.verbose === true ? this.counter.oddLines : 0;
    return {
      bytes: this.bytes,
      lines: this.counter.lines,
      unreadable: this.unreadable + odd,
      truncated,
      verbose: this.verbose ?? false,
    };
  }

  private keep(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.overlong || this.carry.length + piece.length > MAX_LINE_BYTES) {
      this.overlong = true;
      this.carry = Buffer.alloc(0);
    } else this.carry = Buffer.concat([this.carry, piece]);
  }

  private releaseCarry(): void {
    const line = this.carry;
    this.carry = Buffer.alloc(0);
    if (this.overlong) this.unreadable += 1;
    else if (line.length > 0) this.block(line);
    this.overlong = false;
  }

  /** A run of whole lines. */
  private block(lines: Buffer): void {
    if (this.verbose === undefined) this.sniff(lines);
    this.counter.push(lines);
    let end = -1;
    for (let at = this.needles.next(lines, 0); at >= 0; at = this.needles.next(lines, end + 1)) {
      const start = lines.lastIndexOf(0x0a, at) + 1;
      end = lines.indexOf(0x0a, at);
      this.hit(lines.toString('latin1', start, end));
    }
  }

  /** By the first line that is no program's message. */
  private sniff(lines: Buffer): void {
    let start = 0;
    for (let end = lines.indexOf(0x0a); end >= 0; end = lines.indexOf(0x0a, start)) {
      const line = lines.toString('latin1', start, end);
      start = end + 1;
      if (line === '' || (isMessage(line) && !looksVerbose(line))) continue;
      this.verbose = looksVerbose(line);
      return;
    }
  }

  private hit(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    const entry = readLine(text, { quoting: this.quoting, verbose: this.verbose ?? false });
    if (entry !== undefined) this.onEntry(entry);
    // A verbose line that begins well and can't be read is not among the odd ones that the counter saw.
    else if (this.verbose === true && looksVerbose(text)) this.unreadable += 1;
  }
}
