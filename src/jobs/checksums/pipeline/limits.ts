import type { Clock } from '../../../core/clock.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import { LEAST_PART_BYTES } from './rest-of-run.js';
import type { Stopper } from './stopper.js';

/** A limit that ends a run's rows early. */
export interface Limit {
  /** Whether the limit held any rows back; known once its input was read that far. */
  readonly isReached: boolean;
  /** The bytes that may still be read; undefined for no limit. */
  readonly bytesLeft?: number | undefined;
}

/** Lets at most this many rows through: `--limit`. */
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

/** How many rows to check after the first that was too large; a smaller one may still fit. */
const MOST_MISSES = 1000;

/**
 * Lets rows through whose files fit into the remaining bytes: `--max-bytes`. A file that does not fit does not keep
 * smaller ones from being read. Files that are worth reading in parts are set aside; if one is larger than the whole
 * limit, half of the bytes are reserved for it. If nothing can be set aside, the first file is read whatever its size.
 */
export class ByteLimit implements Limit {
  readonly #bytes: number | undefined;
  readonly #setAside: ((row: ArtifactRow) => void) | undefined;
  #left: number;
  #reserved = 0;
  #isFirst = true;
  #misses = 0;
  isReached = false;

  constructor(bytes: number | undefined, setAside?: (row: ArtifactRow) => void) {
    this.#bytes = bytes;
    this.#left = bytes ?? Number.POSITIVE_INFINITY;
    this.#setAside = setAside;
  }

  get bytesLeft(): number | undefined {
    return this.#bytes === undefined ? undefined : this.#left;
  }

  async *take(
    batches: AsyncIterable<{ row: ArtifactRow; sizeBytes: number }[]>,
  ): AsyncGenerator<ArtifactRow[]> {
    for await (const batch of batches) {
      yield batch.filter((item) => this.#affords(item)).map(({ row }) => row);
      if (this.isReached && (this.#left <= this.#reserved || this.#misses >= MOST_MISSES)) return;
    }
  }

  #affords({ row, sizeBytes }: { row: ArtifactRow; sizeBytes: number }): boolean {
    const inParts = this.#setAside !== undefined && sizeBytes >= LEAST_PART_BYTES;
    const isAllowed = this.#isFirst && !inParts;
    if (sizeBytes > this.#left - this.#reserved && !isAllowed) {
      this.isReached = true;
      this.#misses += 1;
      if (inParts) this.#setAside?.(row);
      if (inParts && sizeBytes > (this.#bytes ?? 0)) this.#reserved = Math.floor((this.#bytes ?? 0) / 2);
      return false;
    }
    this.#isFirst = false;
    this.#left -= sizeBytes;
    return true;
  }
}

/** Stops the run when its time is up: `--max-duration`. Returns a function that ends the watch. */
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
