import { Failure } from '../core/failure.js';
import { printable } from '../core/printable.js';
import type { StoreLister } from '../objectstore/port.js';

/** What was written so shortly before an inventory may not be in it yet. */
const SETTLED_MS = 86_400_000;
/** Pages of newer objects that are passed over in search of one that the inventory should hold. */
const MAX_PAGES = 10;

/** The first and the last key of what an inventory holds under a url. */
export interface Span {
  readonly first: string;
  readonly last: string;
}

export interface CoverageParts {
  /** The bucket itself, under the url. */
  readonly bucket: StoreLister;
  /** Whether the inventory holds any key that is not under the url. */
  holdsOthers(): Promise<boolean>;
  readonly createdAtMs: number;
  readonly signal: AbortSignal;
}

/**
 * Refuses an inventory that is limited to a part of the url: its manifest does not say to which prefix. Where all
 * that it holds may lie in one directory deeper down, the bucket is asked, with one request on each side, whether it
 * has older keys there. Where the bucket can't be asked, the inventory must hold keys outside of the url.
 */
export class Coverage {
  readonly #parts: CoverageParts;
  #othersHeld: Promise<boolean> | undefined;

  constructor(parts: CoverageParts) {
    this.#parts = parts;
  }

  /** List requests sent so far. */
  get requests(): number {
    return this.#parts.bucket.requests;
  }

  /** To be asked before anything is made of the first key. @throws Failure `inventory.not_covering` */
  async requireStart(first: string): Promise<void> {
    if (!this.#isDeeper({ first, last: first })) return;
    await this.#requireNone({ endAt: first }, first);
  }

  /** To be asked when the last key is known; without a span there is none. @throws Failure `inventory.not_covering` */
  async requireEnd(span: Span | undefined): Promise<void> {
    const { url } = this.#parts.bucket;
    if (span === undefined) throw notCovering(url, 'the inventory holds nothing under it');
    if (this.#isDeeper(span)) await this.#requireNone({ startAfter: span.last }, span.last);
  }

  #isDeeper(span: Span): boolean {
    return commonDirectory(span).length > this.#parts.bucket.prefix.length;
  }

  async #requireNone(range: { startAfter?: string; endAt?: string }, except: string): Promise<void> {
    const { bucket } = this.#parts;
    const beside = await this.#olderKey(range, except);
    if (beside === undefined) return;
    throw notCovering(bucket.url, `the bucket has ${printable(beside)}, and the inventory does not`);
  }

  async #olderKey(
    range: { startAfter?: string; endAt?: string },
    except: string,
  ): Promise<string | undefined> {
    const { bucket, createdAtMs, signal } = this.#parts;
    let pages = 0;
    try {
      for await (const { objects } of bucket.list({ ...range, signal })) {
        const others = objects.filter(({ key }) => key !== except);
        const older = others.find(({ lastModifiedMs }) => lastModifiedMs < createdAtMs - SETTLED_MS);
        pages += 1;
        if (older !== undefined || pages === MAX_PAGES) return (older ?? others[0])?.key;
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (await this.#holdsOthers()) return undefined;
      throw notCovering(
        bucket.url,
        `that it does can't be told, because the bucket does not say: ${error.message}`,
      );
    }
    return undefined;
  }

  #holdsOthers(): Promise<boolean> {
    this.#othersHeld ??= this.#parts.holdsOthers();
    return this.#othersHeld;
  }
}

/** Ends in `/`, or is empty. */
function commonDirectory({ first, last }: Span): string {
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  const shared = first.slice(0, length);
  return shared.slice(0, shared.lastIndexOf('/') + 1);
}

function notCovering(url: string, why: string): Failure {
  return new Failure('inventory.not_covering', `the inventory does not cover ${printable(url)}: ${why}`, {
    hint: 'give the url that the inventory is limited to, or take the prefix out of its configuration',
  });
}
