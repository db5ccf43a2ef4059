import { compareUtf8, LAST_CHARACTER } from '../../../core/bytes.js';
import { Failure } from '../../../core/failure.js';
import type { ListPage, StoreLister } from '../../../objectstore/port.js';
import type { PageSource } from '../ranges/types.js';

/** A page, or a gap: the keys after the previous page are missing up to some key or to the end of the range. */
export interface ScanPage extends ListPage {
  readonly gap?: { readonly upTo: string | undefined };
}

/** A store that fails this often in a row without a single page is not tried again. */
const MAX_FAILURES_IN_A_ROW = 3;

/** How many children of the prefix are searched for a place to continue. */
const MAX_CHILDREN = 10_000;

/** Called with the url of the directory in which the listing failed, or of the store if the directory is unknown. */
type OnListFailure = (failure: Failure, subject: string) => void;

/**
 * A lister that continues after a failure. The failure is reported, the keys that could not be listed become a gap, and
 * the listing continues after the directory in which it failed, so that one bad partition does not hide the others.
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

  /** The first directory that was not listed completely: the listing failed in it or before it. */
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

/** The end of a directory, or of the range if that comes first. */
function endWithin(directory: string, endAt: string | undefined): string | undefined {
  const end = `${directory}${LAST_CHARACTER}`;
  return endAt === undefined || compareUtf8(end, endAt) < 0 ? end : undefined;
}
