import { compareUtf8 } from '../../../core/bytes.js';
import type { ObjectInfo } from '../../../objectstore/port.js';
import type { RangeVisitor } from '../ranges/types.js';
import { INDEX_SUFFIX, type KeyClassifier } from './classify-key.js';
import type { ScanPage } from './gap-recording-lister.js';
import type { Gap } from './gaps.js';
import { type OpenArchive, OpenStack } from './open-stack.js';
import type { Partitions } from './partitions.js';

/** A listing or an index that was not preceded by its archive. */
export interface UnmatchedSibling {
  readonly object: ObjectInfo;
  readonly archiveKey: string;
  readonly kind: 'listing' | 'index';
}

/** The decisions that one page allows. */
export interface PageWork {
  /** Archives whose siblings are all known. */
  readonly closed: OpenArchive[];
  readonly orphans: UnmatchedSibling[];
  readonly unrecognised: ObjectInfo[];
}

/** What a range cannot decide by itself; see `joinRanges`. */
export interface RangeEnds {
  /** Siblings at the start of the range whose archive would be before it. */
  readonly leadingSiblings: readonly UnmatchedSibling[];
  /** Archives whose siblings may be after the end of the range. */
  readonly trailingArchives: readonly OpenArchive[];
  /** A gap without an end extends to the end of the range. */
  readonly gaps: readonly Gap[];
}

export interface ScanContext {
  readonly classifier: KeyClassifier;
  readonly listingSuffix: string;
  readonly partitions: Partitions;
  /** Checked before every page: a page is processed completely or not at all. */
  readonly signal: AbortSignal;
  /** Called once per page with its decisions. */
  settle(work: PageWork, page: ScanPage): Promise<void>;
}

function emptyWork(): PageWork {
  return { closed: [], orphans: [], unrecognised: [] };
}

/** Reads the keys of one range in order, classifies them, and assigns siblings to their archives. */
export class KeyScan implements RangeVisitor<ScanPage, RangeEnds> {
  readonly #context: ScanContext;
  readonly #startAfter: string | undefined;
  readonly #stack = new OpenStack();
  readonly #leadingSiblings: UnmatchedSibling[] = [];
  readonly #gaps: Gap[] = [];
  /** Archives that were open at the start of a gap. They stay undecided, and their siblings are not orphans. */
  readonly #leftOpen: OpenArchive[] = [];
  /** After a gap, a sibling of an archive up to this key is not an orphan, because the archive may be in the gap. */
  #unknownUpTo: string | undefined;
  #lastKey: string | undefined;

  constructor(startAfter: string | undefined, context: ScanContext) {
    this.#startAfter = startAfter;
    this.#lastKey = startAfter;
    this.#context = context;
  }

  async page(page: ScanPage): Promise<void> {
    this.#context.signal.throwIfAborted();
    if (page.gap !== undefined) this.#skip(page.gap.upTo);
    const work = emptyWork();
    for (const object of page.objects) this.#key(object, work);
    this.#lastKey = page.objects.at(-1)?.key ?? this.#lastKey;
    await this.#context.settle(work, page);
  }

  end(): RangeEnds {
    return {
      leadingSiblings: this.#leadingSiblings,
      trailingArchives: [...this.#leftOpen, ...this.#stack.takeAll()],
      gaps: this.#gaps,
    };
  }

  #key(object: ObjectInfo, work: PageWork): void {
    const { key } = object;
    const { classifier, listingSuffix, partitions } = this.#context;
    this.#stack.advance(key, work.closed);
    const kind = classifier.kindOf(key);
    partitions.of(key).tally.key(kind);
    if (kind === 'archive' || kind === 'canary') this.#stack.push(object, kind === 'canary');
    else if (kind === 'listing' || kind === 'canary_listing')
      this.#sibling(object, 'listing', listingSuffix, work);
    else if (kind === 'index' || kind === 'canary_index') this.#sibling(object, 'index', INDEX_SUFFIX, work);
    else if (kind === 'unrecognised') work.unrecognised.push(object);
  }

  #sibling(object: ObjectInfo, kind: 'listing' | 'index', suffix: string, work: PageWork): void {
    const archiveKey = object.key.slice(0, -suffix.length);
    const archive = this.#stack.find(archiveKey);
    if (archive !== undefined) archive[kind] = object;
    else if (this.#unknownUpTo !== undefined && compareUtf8(archiveKey, this.#unknownUpTo) <= 0) return;
    else if (this.#startAfter !== undefined && compareUtf8(archiveKey, this.#startAfter) <= 0)
      this.#leadingSiblings.push({ object, archiveKey, kind });
    else work.orphans.push({ object, archiveKey, kind });
  }

  #skip(upTo: string | undefined): void {
    this.#gaps.push({ after: this.#lastKey, upTo });
    this.#leftOpen.push(...this.#stack.takeAll());
    this.#unknownUpTo = upTo;
    this.#lastKey = upTo;
  }
}
