import { Failure } from '../core/failure.js';
import { printable } from '../core/printable.js';
import type { ObjectInfo, StoreLister } from '../objectstore/port.js';

/** An object written this shortly before an inventory may not be in it yet. */
const SETTLED_MS = 86_400_000;
/** How many pages of newer objects to skip in search of one that the inventory should contain. */
const MAX_PAGES = 10;

/** The first and the last key that an inventory has under a url. */
export interface Span {
  readonly first: string;
  readonly last: string;
}

export interface CoverageParts {
  /** The bucket itself, listed under the url. */
  readonly bucket: StoreLister;
  /** Whether the inventory has any key outside the url. */
  holdsOthers(): Promise<boolean>;
  readonly createdAtMs: number;
  readonly signal: AbortSignal;
}

/**
 * Refuses an inventory that is limited to a part of the url; the manifest does not name the prefix. If all of its keys
 * may be in one deeper directory, the bucket is asked with one request on each side whether it has older keys there. If
 * the bucket cannot be asked, the inventory must have keys outside the url.
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

  /** Call this before the first key is used. @throws Failure `inventory.not_covering` */
  async requireStart(first: string): Promise<void> {
    if (!this.#isDeeper({ first, last: first })) return;
    await this.#requireNone({ endAt: first }, first);
  }

  /**
   * Call this when the last key is known; without a span there are no keys. @throws Failure `inventory.not_covering`
   */
  async requireEnd(span: Span | undefined): Promise<void> {
    const { url } = this.#parts.bucket;
    if (span === undefined) throw notCovering(url, 'the inventory has no keys under it');
    if (this.#isDeeper(span)) await this.#requireNone({ startAfter: span.last }, span.last);
  }

  /** An object of the bucket that the inventory should contain; undefined if there is none, or the bucket cannot be asked. */
  async olderObject(key: string): Promise<ObjectInfo | undefined> {
    const { bucket, createdAtMs, signal } = this.#parts;
    try {
      const found = await bucket.lookUp(key, signal);
      return found !== undefined && found.lastModifiedMs < createdAtMs - SETTLED_MS ? found : undefined;
    } catch (error) {
      if (!(error instanceof Failure) || signal.aborted) throw error;
      return undefined;
    }
  }

  #isDeeper(span: Span): boolean {
    return commonDirectory(span).length > this.#parts.bucket.prefix.length;
  }

  async #requireNone(range: { startAfter?: string; endAt?: string }, except: string): Promise<void> {
    const { bucket } = this.#parts;
    const unlisted = await this.#olderKey(range, except);
    if (unlisted === undefined) return;
    throw notCovering(bucket.url, `the bucket has ${printable(unlisted)}, but the inventory does not`);
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
        `its coverage cannot be checked because the bucket cannot be listed: ${error.message}`,
      );
    }
    return undefined;
  }

  #holdsOthers(): Promise<boolean> {
    this.#othersHeld ??= this.#parts.holdsOthers();
    return this.#othersHeld;
  }
}

/** Ends with `/`, or is empty. */
function commonDirectory({ first, last }: Span): string {
  let length = 0;
  while (length < first.length && first[length] === last[length]) length += 1;
  const shared = first.slice(0, length);
  return shared.slice(0, shared.lastIndexOf('/') + 1);
}

function notCovering(url: string, why: string): Failure {
  return new Failure('inventory.not_covering', `the inventory does not cover ${printable(url)}: ${why}`, {
    hint: 'use the url that the inventory is limited to, or remove the prefix from its configuration',
  });
}
