import type { PartialReads } from '../../../registry/partial-reads-port.js';
import type { SetAsideRow } from './process-unit.js';

/** More than a run can begin; the others wait for the next one. */
const MOST_SET_ASIDE = 1000;

/** Rows whose file does not fit into one unit, or into the bytes of the run: read in parts after all that fits. */
export class SetAside {
  readonly #waiting = new Map<string, SetAsideRow>();
  /** There were more than are kept, or the time of what fits was cut short for them. */
  isIncomplete = false;

  /** Taken off the bytes of the run with units that did not read them. */
  takenBytes = 0;

  add({ id, type, taken_bytes: takenBytes = 0 }: SetAsideRow): void {
    this.takenBytes += takenBytes;
    if (this.#waiting.size < MOST_SET_ASIDE) this.#waiting.set(id, { id, type });
    else this.isIncomplete = true;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Hands them over, those of which a part was read before first. */
  async take(parts: Pick<PartialReads, 'begun'> | undefined): Promise<SetAsideRow[]> {
    const rows = [...this.#waiting.values()];
    this.#waiting.clear();
    const begun = (await parts?.begun()) ?? new Set();
    return [...rows.filter(({ id }) => begun.has(id)), ...rows.filter(({ id }) => !begun.has(id))];
  }
}
