import { formatDuration } from './durations.js';
import { formatSize } from './sizes.js';

/** `later`: does not fit into the rest of this run. `never`: does not fit into a whole run at the current speed. */
export type Fit = 'fits' | 'later' | 'never';

/** Share of the run's time after which the read speed is reliable enough for a projection. */
const TELLING_SHARE = 0.1;
/** Until half of the time has passed, a read that slightly exceeds the budget continues. */
const BENEFIT_OF_DOUBT = 1.25;

/**
 * The time of one run, shared by items that are read one after another. An item that cannot be finished is detected
 * early from the read speed, so that it takes little time from the others.
 */
export class ReadBudget {
  readonly #maxMs: number;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #bytesPerMs: number | undefined;
  #current = { sizeBytes: 0, readBytes: 0, startedMs: 0 };

  /**
   * @param maxMs Infinity if there is no limit
   * @param bytesPerSecond the rate to which reading is limited, if it is
   */
  constructor(maxMs: number, nowMs: () => number, bytesPerSecond?: number) {
    this.#maxMs = maxMs;
    if (bytesPerSecond !== undefined) this.#bytesPerMs = bytesPerSecond / 1000;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  get isOver(): boolean {
    return this.#nowMs() - this.#startedMs >= this.#maxMs;
  }

  get isHalfOver(): boolean {
    return this.#nowMs() - this.#startedMs >= this.#maxMs / 2;
  }

  /** Whether to start an item of this size, which becomes the current one. */
  begin(sizeBytes: number): Fit {
    const nowMs = this.#nowMs();
    this.#current = { sizeBytes, readBytes: 0, startedMs: nowMs };
    if (this.#bytesPerMs === undefined) return 'fits';
    return this.#fit(sizeBytes / this.#bytesPerMs, nowMs, 1);
  }

  /** Called after each chunk of the current item: whether to continue. */
  read(bytes: number): Fit {
    const current = this.#current;
    current.readBytes += bytes;
    if (this.#maxMs === Number.POSITIVE_INFINITY) return 'fits';
    const spentMs = this.#nowMs() - current.startedMs;
    const isTelling = spentMs > 0 && spentMs >= this.#maxMs * TELLING_SHARE;
    if (isTelling) {
      const bytesPerMs = current.readBytes / spentMs;
      // The fastest read counts: nothing that would fit is turned away because of a slow one.
      this.#bytesPerMs = Math.max(this.#bytesPerMs ?? 0, bytesPerMs);
      const doubt = spentMs < this.#maxMs / 2 ? BENEFIT_OF_DOUBT : 1;
      const fit = this.#fit(current.sizeBytes / bytesPerMs, current.startedMs, doubt);
      if (fit !== 'fits') return fit;
    }
    return this.isOver ? 'later' : 'fits';
  }

  /** What something of this size needs, and what there is. */
  explain(sizeBytes: number): string {
    const limit = `a run has ${formatDuration(this.#maxMs)}`;
    if (this.#bytesPerMs === undefined) return limit;
    const needs = formatDuration(sizeBytes / this.#bytesPerMs);
    return `${formatSize(sizeBytes)} need about ${needs} at ${formatSize(this.#bytesPerMs * 1000)}/s, and ${limit}`;
  }

  #fit(needsMs: number, fromMs: number, doubt: number): Fit {
    if (needsMs > this.#maxMs * doubt) return 'never';
    return needsMs > (this.#maxMs - (fromMs - this.#startedMs)) * doubt ? 'later' : 'fits';
  }
}
