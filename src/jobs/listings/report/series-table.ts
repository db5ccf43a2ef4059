import type { SeriesSummary } from './summary.js';

interface Series {
  archives: number;
  newestMs: number;
}

/** Names the line that takes what no line is left for; no key can end so. */
const OVERFLOW_NAME = '(further series)';

/** The newest archive of every series of one partition, in memory bounded over all partitions of a target. */
export class SeriesTable {
  /**
   * With names by digits an installation has some tens. Names with random parts make a series of every archive;
   * they go into one line, so that memory stays flat.
   */
  static readonly MAX_SERIES = 10_000;

  readonly #series = new Map<string, Series>();
  readonly #budget: { left: number };

  constructor(budget: { left: number }) {
    this.#budget = budget;
  }

  note(name: string, madeMs: number, archives = 1): void {
    const series = this.#series.get(name) ?? this.#create(name);
    series.archives += archives;
    if (madeMs > series.newestMs) series.newestMs = madeMs;
  }

  /** Every line, as plain JSON: what `note` of another table takes. */
  lines(): [name: string, newestMs: number, archives: number][] {
    return [...this.#series].map(([name, { newestMs, archives }]) => [name, newestMs, archives]);
  }

  /** Every series that has a line of its own. */
  *named(): Iterable<{ name: string; newestMs: number; archives: number }> {
    for (const [name, series] of this.#series) if (name !== OVERFLOW_NAME) yield { name, ...series };
  }

  summary(): SeriesSummary[] {
    return [...this.#series]
      .map(([name, { archives, newestMs }]) => ({
        name,
        archives,
        newest_archive_at: new Date(newestMs).toISOString(),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #create(name: string): Series {
    // The line that another table had for what did not fit there does not fit here either.
    const fits = this.#budget.left > 0 && name !== OVERFLOW_NAME;
    this.#budget.left = fits ? this.#budget.left - 1 : -1;
    const own = fits ? Buffer.from(name).toString() : OVERFLOW_NAME;
    const series = this.#series.get(own) ?? { archives: 0, newestMs: Number.NEGATIVE_INFINITY };
    this.#series.set(own, series);
    return series;
  }
}
