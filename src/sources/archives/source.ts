import pLimit from 'p-limit';
import { Damage } from '../../archive/damage.js';
import { Needles } from '../../archive/listing/needles.js';
import type { Finding } from '../../core/finding.js';
import { isCold } from '../../core/storage-class.js';
import type {
  ContentSink,
  Extraction,
  ExtractionSummary,
  Hit,
  NameQuery,
  OlderPlace,
  Query,
  Source,
  SourceReport,
  Trust,
  Wanted,
} from '../../jobs/recovery/source-port.js';
import { messageOf } from '../hashing.js';
import type { ArchiveSearch } from './archive-search.js';
import { ArchiveChooser, INDEX_SUFFIX, type StoredArchive } from './choose.js';
import { ArchiveExtraction } from './extraction.js';
import { findOlder } from './find-older.js';
import { openSourceIndex, searchIndex } from './index-of.js';
import type { HitContext } from './member-hits.js';
import type { ArchivesOptions } from './options.js';
import { scanArchive } from './scan-archive.js';
import { searchListing } from './search-listing.js';
import { SearchTally } from './search-tally.js';

/** A series does not span more than one directory directly below the store's prefix. */
const PARTITION_DEPTH = 1;
/** Number of listings to read in parallel, because they are short and the latency is high. */
const LISTINGS_AT_ONCE = 8;

/** Searches the archives of a store by their listings and indexes. */
export class ArchivesSource implements Source {
  readonly kind = 'archives';
  readonly name: string;
  readonly trust: Trust;
  readonly identity: string | undefined;

  readonly #options: ArchivesOptions;

  constructor(options: ArchivesOptions) {
    this.#options = options;
    this.name = `archives ${options.store.url}`;
    this.trust = options.trust ?? 'bind';
    this.identity = options.identity;
  }

  async search(query: Query, onHit: (hit: Hit) => void, signal?: AbortSignal): Promise<SourceReport> {
    const tally = new SearchTally(this.name);
    let chosen: ReturnType<ArchiveChooser['chosen']>;
    try {
      chosen = await this.#choose(signal);
    } catch (error) {
      signal?.throwIfAborted();
      return tally.failed(messageOf(error));
    }
    tally.leftOut = chosen.leftOut;
    const needles = query.needles.length === 0 ? undefined : new Needles(query.needles);
    const search: ArchiveSearch = { query, needles, tally, onHit, signal };
    const limit = pLimit(LISTINGS_AT_ONCE);
    const oldestFirst = [...chosen.archives].reverse();
    const work = oldestFirst.map((archive, age) =>
      limit(async () => {
        signal?.throwIfAborted();
        await this.#searchArchive(archive, this.#context(archive, age), search);
      }),
    );
    // Wait for all of them, so that nothing is still running when this returns.
    const ended = await Promise.allSettled(work);
    signal?.throwIfAborted();
    const broken = ended.find((one) => one.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    return tally.report(this.#options.newest);
  }

  async #choose(signal: AbortSignal | undefined): Promise<ReturnType<ArchiveChooser['chosen']>> {
    const { store, newest, series, canaries } = this.#options;
    const chooser = new ArchiveChooser(store.prefix, {
      newest,
      partitionDepth: PARTITION_DEPTH,
      ...(series === undefined ? {} : { series }),
    });
    let serverNowMs: number | undefined;
    for await (const page of store.list(signal === undefined ? {} : { signal })) {
      serverNowMs = page.serverTimeMs;
      for (const info of page.objects) if (!canaries?.has(store.urlOf(info.key))) chooser.add(info);
    }
    return chooser.chosen(serverNowMs ?? Date.now());
  }

  #context(archive: StoredArchive, age: number): HitContext {
    const { store, rootPrefixes } = this.#options;
    return { source: this.name, url: store.urlOf(archive.info.key), archive, age, rootPrefixes };
  }

  /**
   * Searches an archive by its index, otherwise by its listing, otherwise (if configured) by reading it. If the store
   * fails, the source fails.
   */
  async #searchArchive(archive: StoredArchive, context: HitContext, search: ArchiveSearch): Promise<void> {
    const { query, needles, tally, onHit, signal } = search;
    if (archive.index !== undefined && (await this.#byIndex(archive, context, search))) return;
    try {
      if (archive.listing !== undefined && archive.listing.sizeBytes === 0) {
        tally.unreadable(context.url, 'it has 0 bytes');
        if (!this.#options.scanUnlisted) return;
      } else if (archive.listing !== undefined) {
        if (needles === undefined) {
          tally.see(archive);
          return;
        }
        const wanted = { query, needles, signal };
        const result = await searchListing(this.#options.store, archive.listing, context, wanted);
        tally.listing(context.url, result);
        for (const hit of result.hits.all()) onHit(hit);
        if (result.form === undefined) tally.see(archive);
        if (result.form === undefined || !this.#options.scanUnlisted) return;
      }
      if (archive.listing === undefined && !this.#options.scanUnlisted) {
        tally.unlisted(context.url);
        return;
      }
      if (isCold(archive.info.storageClass)) {
        tally.cold(context.url, archive.info.storageClass ?? '');
        return;
      }
      tally.see(archive);
      await scanArchive(this.#options, context, search);
    } catch (error) {
      signal?.throwIfAborted();
      tally.error(context.url, error);
    }
  }

  async findOlder(query: NameQuery, signal?: AbortSignal): Promise<OlderPlace[]> {
    if (query.needles.length === 0) return [];
    try {
      const { older } = await this.#choose(signal);
      return await findOlder(older, query, this.#options.store, signal);
    } catch {
      // The search has already reported the store failure; here it only makes an explanation less specific.
      signal?.throwIfAborted();
      return [];
    }
  }

  /** False if the index is unusable but the listing can be used instead. */
  async #byIndex(
    archive: StoredArchive,
    context: HitContext,
    { query, tally, onHit, signal }: ArchiveSearch,
  ): Promise<boolean> {
    try {
      const result = await searchIndex(
        await openSourceIndex(this.#options.store, archive, tally.meter),
        context,
        query,
        { signal },
      );
      tally.index(result.members);
      tally.see(archive);
      tally.replaced(context.url, result.replaced);
      for (const hit of result.hits) onHit(hit);
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      const finding: Finding = {
        code: 'index.unusable',
        severity: 'warning',
        subject: context.url + INDEX_SUFFIX,
        message: `the index cannot be used: ${messageOf(error)}`,
      };
      tally.findings.push(finding);
      // Without a listing nothing else tells what the archive contains, so a hostile index must not make it look
      // searched.
      const isLost = archive.listing === undefined && !this.#options.scanUnlisted;
      if (!isLost || !(error instanceof Damage)) return false;
      tally.error(
        context.url,
        new Error(`it has no listing, and its index cannot be used: ${error.message}`),
      );
      return true;
    }
  }

  extract(
    wanted: readonly Wanted[],
    open: (wanted: Wanted) => ContentSink,
    onOutcome: (outcome: Extraction) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<ExtractionSummary> {
    return new ArchiveExtraction(this.#options, open, onOutcome, signal).run(wanted);
  }
}
