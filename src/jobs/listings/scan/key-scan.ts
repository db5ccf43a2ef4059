import { compareUtf8 } from '../../../core/bytes.js';
import type { ObjectInfo } from '../../../objectstore/port.js';
import type { RangeVisitor } from '../ranges/types.js';
import { INDEX_SUFFIX, type KeyClassifier } from './classify-key.js';
import type { ScanPage } from './gap-recording-lister.js';
import type { Gap } from './gaps.js';
import { type OpenArchive, OpenStack } from './open-stack.js';
import type { Partitions } from './partitions.js';

/** A listing or an index whose archive was not seen before it. */
export interface UnmatchedSibling {
  readonly object: ObjectInfo;
  readonly archiveKey: string;
  readonly kind: 'listing' | 'index';
}

/** What one page decided. */
export interface PageWork {
  /** Archives that all siblings are known of. */
  readonly closed: OpenArchive[];
  readonly orphans: UnmatchedSibling[];
  readonly unrecognised: ObjectInfo[];
}

/** What a range can't decide by itself: see `joinRanges`. */
export interface RangeEnds {
  /** Siblings at the range's start whose archive would lie before it. */
  readonly leadingSiblings: readonly UnmatchedSibling[];
  /** Archives whose siblings may lie behind the range's end. */
  readonly trailingArchives: readonly OpenArchive[];
  /** A gap without an end reaches to the range's. */
  readonly gaps: readonly Gap[];
}

export interface ScanContext {
  readonly classifier: KeyClassifier;
  readonly listingSuffix: string;
  readonly partitions: Partitions;
  /** Looked at before every page: a page is taken whole or not at all. */
  readonly signal: AbortSignal;
  /** Takes what a page decided; called once per page. */
  settle(work: PageWork, page: ScanPage): Promise<void>;
}

function emptyWork(): PageWork {
  return { closed: [], orphans: [], unrecognised: [] };
}

/** Reads the keys of one range in order: tells what each is, and puts siblings to their archives. */
export class KeyScan implements RangeVisitor<ScanPage, RangeEnds> {
  readonly #context: ScanContext;
  readonly #startAfter: string | undefined;
  readonly #stack = new OpenStack();
  readonly #leadingSiblings: UnmatchedSibling[] = [];
  readonly #gaps: Gap[] = [];
  /** Archives that were open where a gap begins: they are not judged, and what stands beside them is no orphan. */
  readonly #leftOpen: OpenArchive[] = [];
  /** Behind a gap, a sibling of an archive up to here is nobody's orphan: the archive may be in the gap. */
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
