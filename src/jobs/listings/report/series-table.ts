import { isoTime } from '../../../core/iso-time.js';
import type { SeriesSummary } from './summary.js';

/** Older than everything: the date of an archive that must never count as the newest. */
export const NEVER_MS = Number.NEGATIVE_INFINITY;

/** What is stored about one series. */
export interface SeriesState {
  archives: number;
  /** `NEVER_MS` if no archive of the series counts. */
  newestMs: number;
  /** The storage class of the newest archive, if it is a cold one. */
  coldClass: string | undefined;
}

/** The same as plain JSON, which cannot represent infinity. */
export type SeriesLine = readonly [
  name: string,
  newestMs: number | null,
  archives: number,
  coldClass: string | null,
];

/** The name of the line for series that do not fit into the table; no key can have this name. */
const OVERFLOW_NAME = '(further series)';

/** The newest archive of every series of one partition. Memory is limited over all partitions of a target. */
export class SeriesTable {
  /**
   * An installation whose names differ only in digits has a few dozen series. If names have random parts, every archive
   * is a series of its own; series beyond the limit share one line, so that memory stays bounded.
   */
  static readonly MAX_SERIES = 10_000;

  readonly #series = new Map<string, SeriesState>();
  readonly #budget: { left: number };

  constructor(budget: { left: number }) {
    this.#budget = budget;
  }

  note(name: string, archive: { madeMs: number; coldClass: string | undefined }, archives = 1): void {
    const series = this.#series.get(name) ?? this.#create(name);
    series.archives += archives;
    if (archive.madeMs <= series.newestMs) return;
    series.newestMs = archive.madeMs;
    series.coldClass = archive.coldClass;
  }

  /** All lines, to pass to `addLine` of another table. */
  lines(): SeriesLine[] {
    return [...this.#series].map(([name, { newestMs, archives, coldClass }]) => [
      name,
      Number.isFinite(newestMs) ? newestMs : null,
      archives,
      coldClass ?? null,
    ]);
  }

  addLine([name, newestMs, archives, coldClass]: SeriesLine): void {
    this.note(name, { madeMs: newestMs ?? NEVER_MS, coldClass: coldClass ?? undefined }, archives);
  }

  /** Every series that has a line of its own. */
  *named(): Iterable<SeriesState & { name: string }> {
    for (const [name, series] of this.#series) if (name !== OVERFLOW_NAME) yield { name, ...series };
  }

  summary(): SeriesSummary[] {
    return [...this.#series]
      .map(([name, { archives, newestMs, coldClass }]) => ({
        name,
        archives,
        newest_archive_at: isoTime(newestMs),
        ...(coldClass === undefined ? {} : { newest_cold_class: coldClass }),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #create(name: string): SeriesState {
    // Series that did not fit into the other table do not fit here either.
    const fits = this.#budget.left > 0 && name !== OVERFLOW_NAME;
    this.#budget.left = fits ? this.#budget.left - 1 : -1;
    const own = fits ? Buffer.from(name).toString() : OVERFLOW_NAME;
    const series = this.#series.get(own) ?? { archives: 0, newestMs: NEVER_MS, coldClass: undefined };
    this.#series.set(own, series);
    return series;
  }
}
