import { archiveFormat } from '../../core/archive-name.js';
import { isDatedInTheFuture } from '../../core/future-date.js';
import type { Glob } from '../../core/glob.js';
import { addTo } from '../../core/groups.js';
import { partitionPrefix } from '../../core/partition.js';
import { seriesName } from '../../core/series.js';
import type { ObjectInfo } from '../../objectstore/port.js';

const LISTING_SUFFIX = '.list.txt';
export const INDEX_SUFFIX = '.salvor-index';

/** One archive of a store with its siblings. */
export interface StoredArchive {
  info: ObjectInfo;
  /** Partition and name with digits replaced: archives of one series contain versions of the same files. */
  series: string;
  listing: ObjectInfo | undefined;
  index: ObjectInfo | undefined;
}

/** An archive that is not searched, and its rank in its series: 3 for the third-newest. */
export interface OlderArchive {
  archive: StoredArchive;
  rank: number;
}

export interface Choice {
  /** Number of archives to search in each series, newest first. */
  newest: number | 'all';
  partitionDepth: number;
  series?: Glob;
}

/** Collects the objects of a store and selects the archives to search. */
export class ArchiveChooser {
  readonly #archives: ObjectInfo[] = [];
  readonly #siblings = new Map<string, ObjectInfo>();
  readonly #prefix: string;
  readonly #choice: Choice;

  constructor(prefix: string, choice: Choice) {
    this.#prefix = prefix;
    this.#choice = choice;
  }

  add(info: ObjectInfo): void {
    if (info.key.endsWith(LISTING_SUFFIX) || info.key.endsWith(INDEX_SUFFIX))
      this.#siblings.set(info.key, info);
    else if (archiveFormat(info.key) !== undefined) this.#archives.push(info);
  }

  /**
   * The archives to search, and the number of older ones in the same series. `nowMs` is the store's clock: archives
   * that are empty or dated in the future are selected only if there are no others.
   */
  chosen(nowMs: number): { archives: StoredArchive[]; leftOut: number; older: OlderArchive[] } {
    const bySeries = new Map<string, StoredArchive[]>();
    for (const info of this.#archives) {
      const partition = partitionPrefix(info.key, this.#prefix, this.#choice.partitionDepth);
      const name = seriesName(info.key, partition);
      if (this.#choice.series !== undefined && !matches(this.#choice.series, name)) continue;
      const series = partition + name;
      addTo(bySeries, series, this.#withSiblings(info, series));
    }
    const all = [...bySeries.values()].map((archives) => archives.sort(newestFirst(nowMs)));
    const { newest } = this.#choice;
    const archives = all.flatMap((series) => (newest === 'all' ? series : series.slice(0, newest)));
    const older =
      newest === 'all'
        ? []
        : all.flatMap((series) =>
            series.slice(newest).map((archive, i) => ({ archive, rank: newest + i + 1 })),
          );
    return { archives, leftOut: older.length, older };
  }

  #withSiblings(info: ObjectInfo, series: string): StoredArchive {
    return {
      info,
      series,
      listing: this.#siblings.get(info.key + LISTING_SUFFIX),
      index: this.#siblings.get(info.key + INDEX_SUFFIX),
    };
  }
}

/** `artifacts-*` matches the name of the archive, wherever it is in its partition. */
function matches(glob: Glob, series: string): boolean {
  return glob.matches(series) || glob.matches(series.slice(series.lastIndexOf('/') + 1));
}

/**
 * Sorts by the dates in the names, because the store's times only say when an archive was copied. The names of a series
 * differ only in their digits.
 */
function newestFirst(nowMs: number): (a: StoredArchive, b: StoredArchive) => number {
  const isLast = ({ info }: StoredArchive): boolean =>
    info.sizeBytes === 0 ||
    isDatedInTheFuture({ lastModifiedMs: info.lastModifiedMs, keyDayMs: keyDay(info.key) }, nowMs, GRACE_MS);
  return (a, b) => Number(isLast(a)) - Number(isLast(b)) || byDate(a, b);
}

/** Tolerance for clock differences. */
const GRACE_MS = 3_600_000;

function keyDay(key: string): number | undefined {
  const digits = datePattern.exec(key)?.[0].replace(/\D/g, '');
  if (digits === undefined) return undefined;
  const day = Date.UTC(
    Number(digits.slice(0, 4)),
    Number(digits.slice(4, 6)) - 1,
    Number(digits.slice(6, 8)),
  );
  return Number.isNaN(day) ? undefined : day;
}

function byDate(a: StoredArchive, b: StoredArchive): number {
  const dated = datePattern.test(a.info.key) && datePattern.test(b.info.key);
  const byName = compareDigits(b.info.key, a.info.key);
  const byClock = b.info.lastModifiedMs - a.info.lastModifiedMs;
  return (dated ? byName || byClock : byClock || byName) || (a.info.key < b.info.key ? 1 : -1);
}

const datePattern = /(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d/;

function compareDigits(a: string, b: string): number {
  const left = a.match(/\d+/g) ?? [];
  const right = b.match(/\d+/g) ?? [];
  const at = left.findIndex((run, i) => BigInt(run) !== BigInt(right[i] ?? 0));
  if (at < 0) return left.length - right.length;
  return BigInt(left[at] ?? 0) < BigInt(right[at] ?? 0) ? -1 : 1;
}
