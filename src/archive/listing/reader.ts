import { looksVerbose } from './columns.js';
import type { ListingEntry, Quoting } from './entry.js';
import { isMessage, readLine } from './line.js';
import { LineSplitter } from './lines.js';
import { isFurniture } from './noise.js';
import { type ListingShape, SNIFF_BYTES, sniffListing } from './sniff.js';
import { ListingText } from './text.js';

/** What a listing turned out to be, once it was read to its end: lines are entries, noise or unreadable. */
export interface ListingSummary {
  lines: number;
  entries: number;
  /**
   * Lines that name no member, in a form that is known: headings, totals, messages of programs, empty lines; and what
   * goes on with a name that was begun, where the quoting writes line ends as they are.
   */
  noise: number;
  /** Lines in no form that is known: damage, and what follows a line end inside a name. */
  unreadable: number;
  /** It does not end with a line end, so it may have been cut off. An empty listing is not cut off, but says nothing. */
  truncated: boolean;
  verbose: boolean;
}

/** A name with line ends in it has few of them; damage has many, and must not be collected. */
const MAX_JOINED_LINES = 16;

/**
 * Reads listings in the wild: of GNU tar, bsdtar, BusyBox and the others that `docs/formats.md` names, with columns
 * or only names. Bytes in, entries out: each `push` hands the entries that are certain by then to `onEntry`, `end`
 * the last ones.
 */
export class ListingReader {
  readonly #text = new ListingText();
  readonly #splitter = new LineSplitter((line) => this.#queue(line));
  #shape: ListingShape | undefined;
  #waiting: (string | undefined)[] = [];
  #waitingBytes = 0;
  #pending: string[] = [];
  #lines = 0;
  #entries = 0;
  #noise = 0;
  #unreadable = 0;

  readonly #onEntry: (entry: ListingEntry) => void;
  readonly #quoting: Quoting;

  constructor(onEntry: (entry: ListingEntry) => void, quoting: Quoting = 'auto') {
    this.#onEntry = onEntry;
    this.#quoting = quoting;
  }

  push(chunk: Uint8Array): void {
    this.#splitter.push(this.#text.push(chunk));
  }

  end(): ListingSummary {
    this.#splitter.push(this.#text.end());
    this.#splitter.end();
    if (this.#shape === undefined) this.#sniff();
    this.#flush();
    return {
      lines: this.#lines,
      entries: this.#entries,
      noise: this.#noise,
      unreadable: this.#unreadable,
      truncated: !this.#splitter.endsClean,
      verbose: this.#shape?.verbose ?? false,
    };
  }

  /** The first lines are kept until there are enough to see what the listing is. */
  #queue(line: string | undefined): void {
    if (this.#shape !== undefined) {
      this.#line(line);
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += (line?.length ?? 0) + 1;
    if (this.#waitingBytes >= SNIFF_BYTES) this.#sniff();
  }

  #sniff(): void {
    this.#shape = sniffListing(this.#waiting.filter((line) => line !== undefined));
    const waiting = this.#waiting;
    const { heading } = this.#shape;
    this.#waiting = [];
    this.#noise += heading;
    this.#lines += heading;
    for (const line of waiting.slice(heading)) this.#line(line);
  }

  #line(line: string | undefined): void {
    this.#lines += 1;
    if (line === undefined) {
      this.#flush();
      this.#unreadable += 1;
      return;
    }
    if (this.#continues(line)) {
      this.#pending.push(line);
      return;
    }
    this.#flush();
    this.#pending = [line];
  }

  /** Whether a line goes on with the name that the one before began. */
  #continues(line: string): boolean {
    if (this.#pending.length === 0 || this.#pending.length > MAX_JOINED_LINES) return false;
    if (this.#shape?.verbose === true) {
      const isFrame = this.#quoting === 'auto' && isFurniture(line);
      return looksVerbose(this.#pending[0] ?? '') && !isMessage(line) && !isFrame;
    }
    return this.#quoting.startsWith('shell') && !isBalanced(this.#pending.join('\n'));
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return;
    const { verbose = false, dress } = this.#shape ?? {};
    const options = { quoting: this.#quoting, verbose, dress };
    const joined = readLine(pending.join('\n'), options);
    if (joined === 'noise') {
      this.#noise += pending.length;
      return;
    }
    const read = pending.length > 1 ? readLine(pending[0] ?? '', options) : undefined;
    const alone = read === 'noise' ? undefined : read;
    const entry = joined ?? alone;
    const rest = this.#restOf(pending, joined !== undefined);
    this.#noise += rest.noise;
    this.#unreadable += entry === undefined ? pending.length - rest.noise : rest.unreadable;
    if (entry === undefined) return;
    this.#entries += 1;
    const others = alone === undefined ? [] : [alone.name, ...alone.alternatives];
    const alternatives = [...new Set([...entry.alternatives, ...others])].filter(
      (name) => name !== entry.name,
    );
    this.#onEntry({ ...entry, alternatives });
  }

  /** What the lines after the first are: in a style that writes line ends as they are, as good as the first. */
  #restOf(pending: readonly string[], isJoined: boolean): { noise: number; unreadable: number } {
    const count = pending.length - 1;
    if (isJoined && /^(?:literal|shell)/.test(this.#quoting)) return { noise: count, unreadable: 0 };
    return { noise: 0, unreadable: count };
  }
}

/** Whether every single and double quote that opens also closes. */
function isBalanced(text: string): boolean {
  return text.replace(/'[^']*'|"[^"]*"|\\./gs, '').search(/['"]/) < 0;
}
