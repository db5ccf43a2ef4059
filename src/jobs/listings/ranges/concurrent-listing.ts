import { setMaxListeners } from 'node:events';
import { compareUtf8 } from '../../../core/bytes.js';
import { firstBranching } from './first-branching.js';
import { planSplits } from './plan.js';
import { RangeInProgress } from './range-in-progress.js';
import type { PageSource, PageWithKeys, RangeOptions, RangeResult, RangeVisitor } from './types.js';

/** The usual number of keys per page. If the first page has fewer, there is probably no second one. */
const FULL_PAGE = 1000;

type Visit<Page extends PageWithKeys, R> = (startAfter: string | undefined) => RangeVisitor<Page, R>;

/**
 * A listing by several concurrent workers. It begins as one range. Whenever a page has arrived and workers are idle,
 * ranges are split for them. A probe at a key starts a range there: the response is that range's first page, so
 * nothing is requested twice. A split costs only the partial page at the end of the range before it.
 */
export class ConcurrentListing<Page extends PageWithKeys, R> {
  readonly #source: PageSource<Page>;
  readonly #concurrency: number;
  readonly #visit: Visit<Page, R>;
  readonly #stop = new AbortController();
  readonly #ranges: RangeInProgress<Page, R>[] = [];
  readonly #working = new Set<Promise<void>>();
  #boundaries: string[] = [];
  #explored: 'no' | 'exploring' | 'yes' = 'no';
  #keysPerPage = 1;
  #explorations = 0;
  #tail: string | undefined;
  #failure: { error: unknown } | undefined;

  constructor(source: PageSource<Page>, options: RangeOptions, visit: Visit<Page, R>) {
    this.#source = source;
    this.#concurrency = options.concurrency;
    this.#visit = visit;
    // Every range adds a listener. There are more than Node's default limit, which exists to detect leaks.
    setMaxListeners(0, this.#stop.signal);
    const outer = options.signal;
    if (outer?.aborted) this.#stop.abort(outer.reason);
    outer?.addEventListener('abort', () => this.#stop.abort(outer.reason), {
      once: true,
      signal: this.#stop.signal,
    });
  }

  async run(): Promise<RangeResult<R>[]> {
    this.#begin(undefined, undefined, undefined);
    while (this.#working.size > 0) await Promise.all(this.#working);
    // Removes the listener from the caller's signal.
    this.#stop.abort();
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#ranges.map(({ startAfter, endAt, result }) => ({ startAfter, endAt, result: result as R }));
  }

  /** Splits off the last part of `left`, which was not started yet. */
  #begin(
    startAfter: string | undefined,
    endAt: string | undefined,
    left: Range<Page, R> | undefined,
  ): Range<Page, R> {
    const range = new RangeInProgress<Page, R>(startAfter, endAt, this.#visit(startAfter));
    this.#ranges.splice(left === undefined ? 0 : this.#ranges.indexOf(left) + 1, 0, range);
    this.#spawn(() => this.#list(range));
    return range;
  }

  #spawn(work: () => Promise<void>): void {
    const tracked: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
        this.#stop.abort(error);
      })
      .finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
  }

  async #list(range: Range<Page, R>): Promise<void> {
    const bounds: { startAfter?: string; endAt?: string } = {};
    if (range.startAfter !== undefined) bounds.startAfter = range.startAfter;
    if (range.endAt !== undefined) bounds.endAt = range.endAt;
    for await (const page of this.#source.list({ ...bounds, signal: this.#stop.signal })) {
      this.#keysPerPage = Math.max(this.#keysPerPage, page.objects.length);
      const before = range.last;
      const ended = await range.take(page);
      this.#noteTail(before, page);
      if (ended) break;
      this.#explore(range);
      this.#split();
    }
    await range.end();
    this.#split();
  }

  /** Lists the directories below the prefix once, as soon as it is certain that there is more than one page. */
  #explore(range: Range<Page, R>): void {
    if (this.#explored !== 'no' || (range.pages === 1 && range.keys < FULL_PAGE)) return;
    const { prefix } = this.#source;
    this.#explored = range.last.includes('/', prefix.length) ? 'exploring' : 'yes';
    if (this.#explored === 'yes') return;
    this.#spawn(async () => {
      const found = await firstBranching(this.#source, this.#stop.signal);
      this.#explorations += found.requests;
      this.#boundaries = found.prefixes;
      this.#explored = 'yes';
      this.#split();
    });
  }

  /** A page that leaves a directory, or is the last one, shows the last key of the directory. */
  #noteTail(before: string, page: Page): void {
    const keys = [before, ...page.objects.map((object) => object.key)];
    const first = this.#boundaries.findLast((key) => before.startsWith(key));
    const end = first === undefined ? -1 : keys.findLastIndex((key) => key.startsWith(first));
    if (first === undefined || end === keys.length - 1) return;
    const tail = keys[end]?.slice(first.length) ?? '';
    if (this.#tail === undefined || compareUtf8(tail, this.#tail) > 0) this.#tail = tail;
  }

  #split(): void {
    if (this.#explored !== 'yes' || this.#stop.signal.aborted) return;
    const running = this.#ranges.filter((range) => !range.ended);
    const idle = Math.min(this.#concurrency - running.length, this.#affordable(running.length));
    if (idle <= 0) return;
    const splits = planSplits({
      ranges: running.filter((range) => range.pages > 0 && range.keys > 0 && !range.isProbed),
      idle,
      boundaries: this.#boundaries,
      tail: this.#tail,
      prefixLength: this.#source.prefix.length,
      concurrency: this.#concurrency,
      keysPerPage: this.#keysPerPage,
    });
    for (const { range, points, atBoundaries } of splits) {
      const end = range.endAt;
      let left = range;
      for (const [index, { key, pagesAhead }] of points.entries()) {
        left.endAt = key;
        const right = this.#begin(key, points[index + 1]?.key ?? end, left);
        right.follow(left, atBoundaries);
        right.reach = atBoundaries ? 0 : range.reach + range.pages + pagesAhead;
        left = right;
      }
      left.certain = range.certain && !atBoundaries;
      range.certain = false;
    }
  }

  /**
   * How many more ranges the request budget allows. On average a range costs half a page on top of its keys, and an
   * empty one costs a whole page; all ranges together cost at most about two extra pages per worker.
   */
  #affordable(running: number): number {
    const ended = this.#ranges.filter((range) => range.ended);
    const wasted = ended.reduce(
      (sum, { pages, keys }) => sum + Math.max(1, pages) - keys / this.#keysPerPage,
      0,
    );
    return Math.floor((2 * this.#concurrency - 1 - wasted - this.#explorations) * 2) - running;
  }
}

type Range<Page extends PageWithKeys, R> = RangeInProgress<Page, R>;
