import type { Clock } from '../../../core/clock.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { Stopper } from './stopper.js';

/** What cuts a run's rows off before their end. */
export interface Limit {
  /** There was more than it let through: known once what it takes from was read that far. */
  readonly isReached: boolean;
}

/** Lets so many rows through: `--limit`. */
export class RowLimit implements Limit {
  #left: number;
  isReached = false;

  constructor(rows: number | undefined) {
    this.#left = rows ?? Number.POSITIVE_INFINITY;
  }

  async *take<Row>(batches: AsyncIterable<Row[]>): AsyncGenerator<Row[]> {
    for await (const batch of batches) {
      const taken = batch.slice(0, this.#left);
      this.#left -= taken.length;
      yield taken;
      if (taken.length === batch.length) continue;
      this.isReached = true;
      return;
    }
  }
}

/** Lets rows through until the next file would be too much, but always the first: `--max-bytes`. */
export class ByteLimit implements Limit {
  #bytesLeft: number;
  #isFirst = true;
  isReached = false;

  constructor(bytes: number | undefined) {
    this.#bytesLeft = bytes ?? Number.POSITIVE_INFINITY;
  }

  async *take(
    batches: AsyncIterable<{ row: ArtifactRow; sizeBytes: number }[]>,
  ): AsyncGenerator<ArtifactRow[]> {
    for await (const batch of batches) {
      yield batch.filter(({ sizeBytes }) => this.#affords(sizeBytes)).map(({ row }) => row);
      if (this.isReached) return;
    }
  }

  #affords(sizeBytes: number): boolean {
    // A file larger than the whole allowance is read when its turn comes: else it would never be.
    if (this.isReached || (sizeBytes > this.#bytesLeft && !this.#isFirst)) {
      this.isReached = true;
      return false;
    }
    this.#isFirst = false;
    this.#bytesLeft -= sizeBytes;
    return true;
  }
}

/** Stops the run when its time is up: `--max-duration`. Returns what ends the watch. */
export function stopAfter(maxDurationMs: number | undefined, clock: Clock, stopper: Stopper): () => void {
  if (maxDurationMs === undefined) return () => undefined;
  const ended = new AbortController();
  const watch = async (): Promise<void> => {
    await clock.sleep(maxDurationMs, ended.signal);
    if (!ended.signal.aborted) stopper.stop('limit');
  };
  void watch();
  return () => ended.abort();
}
