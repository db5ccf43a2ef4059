import { looksVerbose } from './columns.js';
import type { ListingEntry, Quoting } from './entry.js';
import { isMessage, readLine } from './line.js';
import { LineSplitter } from './lines.js';

/** What a listing turned out to be, once it was read to its end. */
export interface ListingSummary {
  lines: number;
  entries: number;
  /** Lines that begin no entry: messages, damage, and what follows a line end inside a name. */
  unreadable: number;
  /** It does not end with a line end, so it may have been cut off. An empty listing is not cut off, but says nothing. */
  truncated: boolean;
  verbose: boolean;
}

/** A name with line ends in it has few of them; damage has many, and must not be collected. */
const MAX_JOINED_LINES = 16;

/**
 * Reads listings in the wild: `tar -tf` and `tar -tvf` of GNU tar, bsdtar and BusyBox. Bytes in, entries out: each
 * `push` hands the entries that are certain by then to `onEntry`, `end` the last ones.
 */
export class ListingReader {
  private readonly splitter = new LineSplitter((line) => this.line(line));
  private verbose: boolean | undefined;
  private pending: string[] = [];
  private lines = 0;
  private entries = 0;
  private unreadable = 0;

  constructor(
    private readonly onEntry: (entry: ListingEntry) => void,
    private readonly quoting: Quoting = 'auto',
  ) {}

  push(chunk: Uint8Array): void {
    this.splitter.push(chunk);
  }

  end(): ListingSummary {
    this.splitter.end();
    this.flush();
    return {
      lines: this.lines,
      entries: this.entries,
      unreadable: this.unreadable,
      truncated: !this.splitter.endsClean,
      verbose: this.verbose ?? false,
    };
  }

  private line(line: string | undefined): void {
    this.lines += 1;
    if (line === undefined) {
      this.flush();
      this.unreadable += 1;
      return;
    }
    if (this.verbose === undefined && line !== '' && (looksVerbose(line) || !isMessage(line))) {
      this.verbose = looksVerbose(line);
    }
    if (this.continues(line)) {
      this.pending.push(line);
      return;
    }
    this.flush();
    this.pending = [line];
  }

  /** Whether a line goes on with the name that the one before began. */
  private continues(line: string): boolean {
    if (this.pending.length === 0 || this.pending.length > MAX_JOINED_LINES) return false;
    if (this.verbose === true) {
      const first = this.pending[0] ?? '';
      return looksVerbose(first) && !isMessage(line);
    }
    return this.quoting.startsWith('shell') && !isBalanced(this.pending.join('\n'));
  }

  private flush(): void {
    const pending = this.pending;
    this.pending = [];
    if (pending.length === 0) return;
    const options = { quoting: this.quoting, verbose: this.verbose ?? false };
    const joined = readLine(pending.join('\n'), options);
    const alone = pending.length > 1 ? readLine(pending[0] ?? '', options) : undefined;
    const entry = joined ?? alone;
    // In a style that writes line ends as they are, the rest of a name is as good as its first line.
    const certain = joined !== undefined && /^(?:literal|shell)/.test(this.quoting);
    this.unreadable += entry === undefined ? pending.length : certain ? 0 : pending.length - 1;
    if (entry === undefined) return;
    this.entries += 1;
    const others = alone === undefined ? [] : [alone.name, ...alone.alternatives];
    const alternatives = [...new Set([...entry.alternatives, ...others])].filter(
      (name) => name !== entry.name,
    );
    this.onEntry({ ...entry, alternatives });
  }
}

/** Whether every single and double quote that opens also closes. */
function isBalanced(text: string): boolean {
  return text.replace(/'[^']*'|"[^"]*"|\\./gs, '').search(/['"]/) < 0;
}
