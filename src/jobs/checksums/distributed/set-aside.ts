import type { PartialReads } from '../../../registry/partial-reads-port.js';
import type { SetAsideRow } from './process-unit.js';

/** More than one run can start; the rest is left to the next run. */
const MOST_SET_ASIDE = 1000;

/**
 * Rows whose file does not fit into one unit or into the run's byte limit: read in parts after everything that fits.
 */
export class SetAside {
  readonly #waiting = new Map<string, SetAsideRow>();
  /** More rows were set aside than are kept, or the time for rows that fit was cut short for them. */
  isIncomplete = false;

  /** Bytes that were reserved from the run's limit for units that did not read them. */
  takenBytes = 0;

  add({ id, type, taken_bytes: takenBytes = 0 }: SetAsideRow): void {
    this.takenBytes += takenBytes;
    if (this.#waiting.size < MOST_SET_ASIDE) this.#waiting.set(id, { id, type });
    else this.isIncomplete = true;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Returns the rows and empties the list; rows with a file that was partly read come first. */
  async take(parts: Pick<PartialReads, 'begun'> | undefined): Promise<SetAsideRow[]> {
    const rows = [...this.#waiting.values()];
    this.#waiting.clear();
    const begun = (await parts?.begun()) ?? new Set();
    return [...rows.filter(({ id }) => begun.has(id)), ...rows.filter(({ id }) => !begun.has(id))];
  }
}
