import { compareUtf8 } from '../../../core/bytes.js';
import { commonLength, REMEMBERED_PAGES } from './outlook.js';
import type { RangeFacts } from './plan.js';
import type { PageWithKeys, RangeVisitor } from './types.js';

/**
 * One range while it is listed. Its end may move toward its start, but never before keys that were already passed on.
 */
export class RangeInProgress<Page extends PageWithKeys, R> implements RangeFacts {
  readonly startAfter: string | undefined;
  endAt: string | undefined;
  last = '';
  readonly pageStarts: string[] = [];
  pages = 0;
  keys = 0;
  certain = false;
  reach = 0;
  ended = false;
  result: R | undefined;
  /** The range from whose end this one was split off, until this one has its first page. */
  #left: RangeInProgress<Page, R> | undefined;
  #right: RangeInProgress<Page, R> | undefined;
  #tellsDensity = false;
  readonly #visitor: RangeVisitor<Page, R>;

  constructor(startAfter: string | undefined, endAt: string | undefined, visitor: RangeVisitor<Page, R>) {
    this.startAfter = startAfter;
    this.endAt = endAt;
    this.#visitor = visitor;
  }

  /** Whether the response that shows how far this range extends has not arrived yet. */
  get isProbed(): boolean {
    return this.#right !== undefined;
  }

  /** Starts at the end of `left` and will show whether keys are dense there, which they need not be at a boundary. */
  follow(left: RangeInProgress<Page, R>, atBoundary: boolean): void {
    this.#left = left;
    this.#tellsDensity = !atBoundary;
    left.#right = this;
  }

  /** Passes the part of the page within the range to the visitor. Returns true if the range ends in this page. */
  async take(page: Page): Promise<boolean> {
    const { endAt } = this;
    const last = page.objects.at(-1)?.key;
    this.pages += 1;
    const reached = endAt !== undefined && last !== undefined && compareUtf8(last, endAt) >= 0;
    const objects = reached
      ? page.objects.filter((object) => compareUtf8(object.key, endAt) <= 0)
      : page.objects;
    this.#remember(objects);
    this.#answer();
    await this.#visitor.page(objects === page.objects ? page : { ...page, objects });
    return reached;
  }

  async end(): Promise<void> {
    this.#answer();
    this.result = await this.#visitor.end();
    this.ended = true;
  }

  #answer(): void {
    const left = this.#left;
    if (left === undefined) return;
    this.#left = undefined;
    left.#right = undefined;
    const [first, start] = [this.pageStarts[0], this.startAfter];
    if (!this.#tellsDensity || first === undefined || start === undefined) return;
    left.certain = commonLength(first, start) >= commonLength(start, left.last);
  }

  #remember(objects: Page['objects']): void {
    const [first, last] = [objects[0], objects.at(-1)];
    if (first === undefined || last === undefined) return;
    this.keys += objects.length;
    this.last = last.key;
    this.pageStarts.push(first.key);
    if (this.pageStarts.length > REMEMBERED_PAGES) this.pageStarts.shift();
  }
}
