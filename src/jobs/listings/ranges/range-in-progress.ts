import { compareUtf8 } from '../../../core/bytes.js';
import { commonLength, REMEMBERED_PAGES } from './outlook.js';
import type { RangeFacts } from './plan.js';
import type { PageWithKeys, RangeVisitor } from './types.js';

/** One range while it is listed. Its end may move towards its start, never beyond what was handed out. */
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
  /** The range that this one was split off from the end of, until this one has answered. */
  #left: RangeInProgress<Page, R> | undefined;
  #right: RangeInProgress<Page, R> | undefined;
  #tellsDensity = false;
  readonly #visitor: RangeVisitor<Page, R>;

  constructor(startAfter: string | undefined, endAt: string | undefined, visitor: RangeVisitor<Page, R>) {
    this.startAfter = startAfter;
    this.endAt = endAt;
    this.#visitor = visitor;
  }

  /** Whether the answer that tells how far this range goes is still to come. */
  get isProbed(): boolean {
    return this.#right !== undefined;
  }

  /** Begins at the end of `left`, and will tell whether keys stand densely there; at a boundary they need not. */
  follow(left: RangeInProgress<Page, R>, atBoundary: boolean): void {
    this.#left = left;
    this.#tellsDensity = !atBoundary;
    left.#right = this;
  }

  /** Hands the part of the page that is within the range to the visitor; true when the range ends in it. */
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
