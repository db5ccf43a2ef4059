import { compareUtf8, LAST_CHARACTER } from '../../../core/bytes.js';
import { Failure } from '../../../core/failure.js';
import type { ListPage, StoreLister } from '../../../objectstore/port.js';
import type { PageSource } from '../ranges/types.js';

/** A page, or the news that the keys behind the page before are missing up to some key, or to the range's end. */
export interface ScanPage extends ListPage {
  readonly gap?: { readonly upTo: string | undefined };
}

/** A store that fails this often in a row, without a single page, is not asked again. */
const MAX_FAILURES_IN_A_ROW = 3;

/** How many children of the prefix are looked through for a place to go on at. */
const MAX_CHILDREN = 10_000;

/** Told with the url of the directory below the prefix that the listing broke off in; where that could not be found out, of the store. */
type OnListFailure = (failure: Failure, subject: string) => void;

/**
 * A lister for which a failure is not the end: it is reported, what could not be listed becomes a gap, and the
 * listing goes on behind the directory that it broke off in, so that one bad partition does not hide the others.
 */
export class GapRecordingLister implements PageSource<ScanPage> {
  readonly #lister: StoreLister;
  readonly #onFailure: OnListFailure;

  constructor(lister: StoreLister, onFailure: OnListFailure) {
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
        const broken = await this.#directoryOf(last, range.signal);
        this.#onFailure(error, broken === undefined ? this.#lister.url : this.#lister.urlOf(broken));
        const isHopeless = failures === MAX_FAILURES_IN_A_ROW - 1;
        after = isHopeless || broken === undefined ? undefined : endWithin(broken, range.endAt);
        yield { objects: [], serverTimeMs: 0, gap: { upTo: after } };
        if (after === undefined) return;
      }
    }
  }

  /** The first directory that is not wholly behind us: the listing broke off in it, or before it was begun. */
  async #directoryOf(last: string | undefined, signal?: AbortSignal): Promise<string | undefined> {
    try {
      const { prefixes } = await this.#lister.children(this.prefix, MAX_CHILDREN, signal);
      return prefixes.find(
        (prefix) => last === undefined || compareUtf8(`${prefix}${LAST_CHARACTER}`, last) > 0,
      );
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  }
}

/** Where a directory ends, unless the range ends before. */
function endWithin(directory: string, endAt: string | undefined): string | undefined {
  const end = `${directory}${LAST_CHARACTER}`;
  return endAt === undefined || compareUtf8(end, endAt) < 0 ? end : undefined;
}
