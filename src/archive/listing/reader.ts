import { looksVerbose } from './columns.js';
import type { ListingEntry, Quoting } from './entry.js';
import { isMessage, readLine } from './line.js';
import { LineSplitter } from './lines.js';
import { isFurniture } from './noise.js';
import { type ListingShape, SNIFF_BYTES, sniffListing } from './sniff.js';
import { ListingText } from './text.js';

/** The counts of a complete listing: each line is an entry, noise, or unreadable. */
export interface ListingSummary {
  lines: number;
  entries: number;
  /**
   * Known lines without a member: headings, totals, messages of programs, empty lines; and continuations of a name, if
   * the quoting keeps line ends in names.
   */
  noise: number;
  /** Lines in an unknown format: damage, or the rest of a name after a line end. */
  unreadable: number;
  /** Whether it does not end with a line end, so it may be truncated. False for an empty listing. */
  truncated: boolean;
  verbose: boolean;
}

/** At most this many lines are joined to a name: names contain few line ends, damage contains many. */
const MAX_JOINED_LINES = 16;

/**
 * Parses listings of GNU tar, bsdtar, BusyBox, and the other programs in `docs/formats.md`, with columns or only names.
 * Each `push` passes the entries that are certain by then to `onEntry`; `end` passes the last ones.
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

  /** Keeps the first lines until there are enough to detect the format. */
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

  /** Whether a line continues the name that the previous line began. */
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

  /** Classifies the lines after the first: if the quoting keeps line ends in names, they belong to the first. */
  #restOf(pending: readonly string[], isJoined: boolean): { noise: number; unreadable: number } {
    const count = pending.length - 1;
    if (isJoined && /^(?:literal|shell)/.test(this.#quoting)) return { noise: count, unreadable: 0 };
    return { noise: 0, unreadable: count };
  }
}

/** Whether all single and double quotes are balanced. */
function isBalanced(text: string): boolean {
  return text.replace(/'[^']*'|"[^"]*"|\\./gs, '').search(/['"]/) < 0;
}
