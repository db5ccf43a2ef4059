import { formatDuration } from './durations.js';
import { formatSize } from './sizes.js';

/** `later`: it does not fit into the rest of this run. `never`: not into a whole run either, as fast as this one reads. */
export type Fit = 'fits' | 'later' | 'never';

/** A projection is made once a read has had this share of the time; what is measured sooner says little. */
const TELLING_SHARE = 0.1;
/** Until half of the time is gone, a read that may just fit after all goes on. */
const BENEFIT_OF_DOUBT = 1.25;

/**
 * The time of one run, shared by things that are read one after the other. What cannot be finished is found out early,
 * from how fast it is read, so that it takes little from what can.
 */
export class ReadBudget {
  readonly #maxMs: number;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #bytesPerMs: number | undefined;
  #current = { sizeBytes: 0, readBytes: 0, startedMs: 0 };

  /** @param maxMs infinite without a limit */
  constructor(maxMs: number, nowMs: () => number) {
    this.#maxMs = maxMs;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  get isOver(): boolean {
    return this.#nowMs() - this.#startedMs >= this.#maxMs;
  }

  /** Whether something of this size may be begun; it is the one that is read from now on. */
  begin(sizeBytes: number): Fit {
    const nowMs = this.#nowMs();
    this.#current = { sizeBytes, readBytes: 0, startedMs: nowMs };
    if (this.#bytesPerMs === undefined) return 'fits';
    return this.#fit(sizeBytes / this.#bytesPerMs, nowMs, 1);
  }

  /** After each chunk of it: whether to go on. */
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
