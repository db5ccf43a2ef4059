import type { Clock } from '../../../core/clock.js';
import type { ChecksumOptions } from '../options.js';
import { msUntilClosed } from './window.js';

/** Smaller files are read whole whatever is left: keeping a part of them would cost more than it saves. */
export const LEAST_PART_BYTES = 64 * 1024;
/** Until the run has shown how fast it reads; slower than most disks, so that too much is not promised. */
const ASSUMED_BYTES_PER_SECOND = 100_000_000;
/** Without an end in sight a file that takes longer than this is read in parts all the same: a signal may come. */
const LONG_SECONDS = 600;
/** A file that fits exactly may not be finished in time. */
const CERTAINLY = 0.9;
/** What is measured in less time says little. */
const MEASURED_MS = 2000;

/**
 * What fits into the rest of a run, by its window, its time limit and the speed of reading. What does not fit is set
 * aside, so that it keeps nothing else from being done.
 */
export class RestOfRun {
  readonly #options: Pick<ChecksumOptions, 'window' | 'bytesPerSecond'> & {
    maxDurationMs?: number | undefined;
  };
  readonly #clock: Clock;
  readonly #bytesRead: () => number;
  readonly #startedMs: number;
  /** Of files that were begun and are not finished. */
  #waiting = 0;

  constructor(
    options: Pick<ChecksumOptions, 'window' | 'bytesPerSecond'> & { maxDurationMs?: number | undefined },
    clock: Clock,
    bytesRead: () => number,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#bytesRead = bytesRead;
    this.#startedMs = clock.monotonicMs();
  }

  /** Takes the file on when it fits. */
  takeOn(sizeBytes: number): boolean {
    if (sizeBytes >= LEAST_PART_BYTES && !this.#fits(sizeBytes)) return false;
    this.#waiting += sizeBytes;
    return true;
  }

  /** A file that was taken on is finished, whatever came of it. */
  finished(sizeBytes: number): void {
    this.#waiting -= sizeBytes;
  }

  /** Half of the time is gone: what was set aside has its turn, where other work would never end. */
  get isHalfGone(): boolean {
    const left = this.#msLeft();
    return left !== undefined && this.#clock.monotonicMs() - this.#startedMs >= left;
  }

  #fits(sizeBytes: number): boolean {
    const msLeft = this.#msLeft();
    // Without an end in sight only the file itself counts: however much waits, its turn comes.
    const bytes = msLeft === undefined ? sizeBytes : this.#waiting + sizeBytes;
    return (bytes / this.#speed()) * 1000 <= (msLeft ?? LONG_SECONDS * 1000) * CERTAINLY;
  }

  #msLeft(): number | undefined {
    const { window, maxDurationMs } = this.#options;
    const ends = [
      ...(window === undefined ? [] : [msUntilClosed(window, this.#clock.now())]),
      ...(maxDurationMs === undefined ? [] : [maxDurationMs - (this.#clock.monotonicMs() - this.#startedMs)]),
    ];
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  #speed(): number {
    const { bytesPerSecond } = this.#options;
    const ms = this.#clock.monotonicMs() - this.#startedMs;
    const measured = ms >= MEASURED_MS && this.#bytesRead() > 0 ? (this.#bytesRead() * 1000) / ms : undefined;
    return Math.min(
      bytesPerSecond ?? Number.POSITIVE_INFINITY,
      measured ?? bytesPerSecond ?? ASSUMED_BYTES_PER_SECOND,
    );
  }
}
