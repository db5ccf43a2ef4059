import type { Clock } from '../../../core/clock.js';
import type { ChecksumOptions } from '../options.js';
import { msUntilClosed } from './window.js';

/** Smaller files are always read in one go: storing their progress would cost more than it saves. */
export const LEAST_PART_BYTES = 64 * 1024;
/** Assumed until the run has measured its speed. Slower than most disks, so that estimates are cautious. */
const ASSUMED_BYTES_PER_SECOND = 100_000_000;
/**
 * Even without a time limit, a file that takes longer than this is read in parts, because a signal may stop the run.
 */
const LONG_SECONDS = 600;
/** Safety margin: a file that would fit exactly may not be finished in time. */
const CERTAINLY = 0.9;
/** A speed measured over less time is not reliable. */
const MEASURED_MS = 2000;

/**
 * Decides which files fit into the rest of a run, from its window, its time limit and the measured speed. Files that do
 * not fit are set aside, so that they hold up nothing else.
 */
export class RestOfRun {
  readonly #options: Pick<ChecksumOptions, 'window' | 'bytesPerSecond'> & {
    maxDurationMs?: number | undefined;
  };
  readonly #clock: Clock;
  readonly #bytesRead: () => number;
  readonly #startedMs: number;
  /** Bytes of files that were started and are not finished. */
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

  /** Reserves time for the file if it fits. */
  takeOn(sizeBytes: number): boolean {
    if (sizeBytes >= LEAST_PART_BYTES && !this.#fits(sizeBytes)) return false;
    this.#waiting += sizeBytes;
    return true;
  }

  /** Releases the time of a file that has ended, whatever its result. */
  finished(sizeBytes: number): void {
    this.#waiting -= sizeBytes;
  }

  /** Whether half of the time is gone: then the files that were set aside start, because other work may never end. */
  get isHalfGone(): boolean {
    const left = this.#msLeft();
    return left !== undefined && this.#clock.monotonicMs() - this.#startedMs >= left;
  }

  #fits(sizeBytes: number): boolean {
    const msLeft = this.#msLeft();
    // Without a time limit only the file's own size counts, however many files are waiting.
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
