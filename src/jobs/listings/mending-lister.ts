import { compareUtf8 } from '../../core/bytes.js';
import { Failure } from '../../core/failure.js';
import type { PageSource } from '../../core/ranges/types.js';
import type { ListPage, StoreLister } from '../../objectstore/port.js';

/** A page, or the news that the keys behind the page before are missing up to some key, or to the range's end. */
export interface ScanPage extends ListPage {
  readonly gap?: { readonly upTo: string | undefined };
}

/** A store that fails this often in a row, without a single page, is not asked again. */
const MAX_FAILURES_IN_A_ROW = 3;

/** How many children of the prefix are looked through for a place to go on at. */
const MAX_CHILDREN = 10_000;

/** Sorts behind every key that begins with the same prefix: no character comes after it. */
const LAST_CHARACTER = '\u{10FFFF}';

/**
 * A lister for which a failure is not the end: it is reported, what could not be listed becomes a gap, and the
 * listing goes on behind the directory that it broke off in, so that one bad partition does not hide the others.
 */
export class MendingLister implements PageSource<ScanPage> {
  readonly #lister: StoreLister;
  readonly #onFailure: (failure: Failure, after: string | undefined) => void;

  constructor(lister: StoreLister, onFailure: (failure: Failure, after: string | undefined) => void) {
    this.#lister = lister;
    this.#onFailure = onFailure;
  }

  get prefix(): string {
    return this.#lister.prefix;
  }

  children(prefix: string, limit: number, signal?: AbortSignal) {
    return this.#lister.children(prefix, limit, signal);
  }

  async *list(range: { startAfter?: string; endAt?: string; signal?: AbortSignal }): AsyncIterable<ScanPage> {
    let after = range.startAfter;
    for (let failures = 0; failures < MAX_FAILURES_IN_A_ROW; failures += 1) {
      let last = after;
      try {
        for await (const page of this.#lister.list({
          ...range,
          ...(after === undefined ? {} : { startAfter: after }),
        })) {
          last = page.objects.at(-1)?.key ?? last;
          failures = -1;
          yield page;
        }
        return;
      } catch (error) {
        if (!(error instanceof Failure) || range.signal?.aborted) throw error;
        this.#onFailure(error, last);
        after = failures < MAX_FAILURES_IN_A_ROW - 1 ? await this.#behind(last, range) : undefined;
        yield { objects: [], serverTimeMs: 0, gap: { upTo: after } };
        if (after === undefined) return;
      }
    }
  }

  /** The end of the first directory that is not wholly behind us, if it lies within the range. */
  async #behind(
    last: string | undefined,
    range: { endAt?: string; signal?: AbortSignal },
  ): Promise<string | undefined> {
    try {
      const { prefixes } = await this.#lister.children(this.prefix, MAX_CHILDREN, range.signal);
      const end = prefixes
        .map((prefix) => `${prefix}${LAST_CHARACTER}`)
        .find((candidate) => last === undefined || compareUtf8(candidate, last) > 0);
      return end !== undefined && (range.endAt === undefined || compareUtf8(end, range.endAt) < 0)
        ? end
        : undefined;
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  }
}
