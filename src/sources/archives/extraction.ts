import { Failure } from '../../core/failure.js';
import { addTo } from '../../core/groups.js';
import type { ContentSink, Extraction, ExtractionSummary, Wanted } from '../../jobs/recovery/source-port.js';
import { failedExtraction } from '../hashing.js';
import { INDEX_SUFFIX } from './choose.js';
import { ExtractPass } from './extract-pass.js';
import { extractRanged } from './extract-ranged.js';
import type { Meter } from './index-of.js';
import type { ArchivesOptions } from './options.js';
import { sought } from './take.js';
import { openTar } from './tar-stream.js';

/** At most this many steps along a chain of hard links. */
const MAX_LINK_STEPS = 16;

type Tell = (outcome: Extraction) => void | Promise<void>;

/** Extracts contents from the archives that they were found in, reading each archive once. */
export class ArchiveExtraction {
  readonly #options: Pick<ArchivesOptions, 'store' | 'decode' | 'decodeFrames'>;
  readonly #open: (wanted: Wanted) => ContentSink;
  readonly #onOutcome: Tell;
  readonly #signal: AbortSignal | undefined;
  readonly #meter: Meter = { bytes: 0 };

  constructor(
    options: Pick<ArchivesOptions, 'store' | 'decode' | 'decodeFrames'>,
    open: (wanted: Wanted) => ContentSink,
    onOutcome: Tell,
    signal: AbortSignal | undefined,
  ) {
    this.#options = options;
    this.#open = open;
    this.#onOutcome = onOutcome;
    this.#signal = signal;
  }

  async run(wanted: readonly Wanted[]): Promise<ExtractionSummary> {
    const byArchive = new Map<string, Wanted[]>();
    for (const one of wanted) addTo(byArchive, one.hit.object, one);
    for (const group of byArchive.values()) {
      this.#signal?.throwIfAborted();
      await this.#extractFrom(group);
    }
    return { bytesFetched: this.#meter.bytes, archivesRead: [...byArchive.keys()] };
  }

  /** If an archive fails, reports each remaining content as failed. */
  async #extractFrom(group: readonly Wanted[]): Promise<void> {
    const settled = new Set<string>();
    let broken: { error: unknown } | undefined;
    const tell = async (outcome: Extraction): Promise<void> => {
      settled.add(outcome.id);
      try {
        await this.#onOutcome(outcome);
      } catch (error) {
        // Not about the archive: the callback failed.
        broken = { error };
        throw error;
      }
    };
    try {
      await this.#readArchive(group, tell);
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (broken !== undefined) throw broken.error;
      for (const one of group)
        if (!settled.has(one.id)) await this.#onOutcome(failedExtraction(one.id, error));
    }
  }

  /** Reads by range if the index of the archive has every member; otherwise in one pass. */
  async #readArchive(group: readonly Wanted[], tell: (outcome: Extraction) => Promise<void>): Promise<void> {
    const first = group[0]?.hit;
    if (first === undefined) return;
    const key = String(first.locator.key);
    const isIndexed = group.every((one) => one.hit.locator.indexed === 1);
    await (isIndexed
      ? this.#readRanges(key, first.version, group, tell)
      : this.#readThrough(key, first.version, group, tell));
  }

  async #readRanges(
    key: string,
    version: string | undefined,
    group: readonly Wanted[],
    tell: (outcome: Extraction) => Promise<void>,
  ): Promise<void> {
    const { store, decodeFrames } = this.#options;
    const info = await store.head(key, this.#signal);
    const index = await store.head(key + INDEX_SUFFIX, this.#signal);
    const bound = { ...info, ...(version === undefined ? {} : { etag: version }) };
    const archive = { info: bound, series: '', listing: undefined, index };
    await extractRanged({ store, archive, meter: this.#meter, decodeFrames }, group, this.#open, tell);
  }

  async #readThrough(
    key: string,
    version: string | undefined,
    group: readonly Wanted[],
    tell: (outcome: Extraction) => Promise<void>,
  ): Promise<void> {
    const { store, decode } = this.#options;
    const signal = this.#signal;
    let all = group.map(sought);
    // If the target of a hard link came before the link, another pass is needed.
    for (let step = 0; all.length > 0 && step <= MAX_LINK_STEPS; step += 1) {
      const { body } = await store.get(key, {
        ...(version === undefined ? {} : { ifMatch: version }),
        ...(signal === undefined ? {} : { signal }),
      });
      const tar = await openTar(body, decode);
      const pass = new ExtractPass(all, this.#open, tell);
      await pass.run(tar, signal);
      this.#meter.bytes += tar.bytesRead();
      all = pass.links;
    }
    const endless = new Failure('member.not_found', 'it is a chain of too many hard links');
    for (const { wanted } of all) await tell(failedExtraction(wanted.id, endless));
  }
}
