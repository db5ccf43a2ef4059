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
  /** What earlier runs have begun, the oldest first. */
  readonly #begun: readonly BegunPart[];
  readonly #waiting: LargeArchive[] = [];
  readonly #seen = new Set<string>();
  #hadTurn = false;

  private constructor(parts: ArchiveParts, begun: readonly BegunPart[]) {
    this.parts = parts;
    this.#begun = begun;
  }

  static async open(parts: ArchiveParts): Promise<LargeArchives> {
    await parts.forgetFinished();
    return new LargeArchives(parts, await parts.begun());
  }

  isBegun(url: string): boolean {
    return this.#begun.some(({ subject }) => subject === url);
  }

  /** Whether the last run had no time for any of these archives. */
  isOverdue(urls: readonly string[]): boolean {
    const begun = this.#begun.filter(({ subject }) => urls.includes(subject));
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
    const rank = ({ archive }: LargeArchive): number => {
      const url = archive.store.urlOf(archive.key);
      const at = this.#begun.findIndex(({ subject }) => subject === url);
      return at < 0 ? this.#begun.length : at;
    };
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
    const begun = this.#begun.map(({ subject }) => subject);
    await this.parts.forget(begun.filter((url) => url.startsWith(storeUrl) && !listed.has(url)));
  }
}
