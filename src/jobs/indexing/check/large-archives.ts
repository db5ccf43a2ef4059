import type { ArchiveParts, BegunPart } from '../../../registry/archive-parts-port.js';
import type { ArchiveRef } from '../archive-ref.js';

/** An archive that does not fit into one run, and why. */
export interface LargeArchive {
  archive: ArchiveRef;
  sizeBytes: number;
  reason: string;
}

/**
 * The archives of a run that are read in parts. They get the second half of its limits or, if the last run had no time
 * for any of them, the first: neither they nor the others can keep the others from their turn forever.
 */
export class LargeArchives {
  readonly parts: ArchiveParts;
  /** What earlier runs have begun, by url, the oldest first. */
  readonly #begun: ReadonlyMap<string, BegunPart>;
  /** Its place in this order. */
  readonly #rank: ReadonlyMap<string, number>;
  readonly #waiting: LargeArchive[] = [];
  readonly #seen = new Set<string>();
  #hadTurn = false;

  private constructor(parts: ArchiveParts, begun: readonly BegunPart[]) {
    this.parts = parts;
    this.#begun = new Map(begun.map((part) => [part.subject, part]));
    this.#rank = new Map(begun.map(({ subject }, place) => [subject, place]));
  }

  static async open(parts: ArchiveParts): Promise<LargeArchives> {
    await parts.forgetFinished();
    return new LargeArchives(parts, await parts.begun());
  }

  isBegun(url: string): boolean {
    return this.#begun.has(url);
  }

  /** Whether the last run had no time for any of these archives. */
  isOverdue(urls: readonly string[]): boolean {
    const begun = urls.flatMap((url) => this.#begun.get(url) ?? []);
    return begun.length > 0 && begun.every(({ advancedBytes }) => advancedBytes === 0);
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  add(large: LargeArchive): void {
    const url = large.archive.store.urlOf(large.archive.key);
    if (this.#seen.has(url)) return;
    this.#seen.add(url);
    this.#waiting.push(large);
  }

  /** The archive that was begun first; those that were not begun come last, in any order. */
  next(): LargeArchive | undefined {
    const rank = ({ archive: { store, key } }: LargeArchive): number =>
      this.#rank.get(store.urlOf(key)) ?? this.#rank.size;
    this.#waiting.sort((a, b) => rank(a) - rank(b));
    const next = this.#waiting.shift();
    this.#hadTurn ||= next !== undefined;
    return next;
  }

  /** Ends the run: returns the archives for which it had no time. */
  async leave(): Promise<ArchiveRef[]> {
    const left = this.#waiting.splice(0);
    const [first] = left;
    if (first !== undefined && !this.#hadTurn) {
      const { store, key } = first.archive;
      await this.parts.wait({ subject: store.urlOf(key), sizeBytes: first.sizeBytes });
    }
    return left.map(({ archive }) => archive);
  }

  /** Drops the progress of archives below `storeUrl` that a complete listing did not contain. */
  async forgetOthers(storeUrl: string, listed: ReadonlySet<string>): Promise<void> {
    const begun = [...this.#begun.keys()];
    await this.parts.forget(begun.filter((url) => url.startsWith(storeUrl) && !listed.has(url)));
  }
}
