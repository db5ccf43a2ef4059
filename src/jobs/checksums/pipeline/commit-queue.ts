import type { Failure } from '../../../core/failure.js';
import type { ChecksumOptions, ChecksumPorts } from '../options.js';
import type { Result } from '../report/results.js';
import { reportOf } from '../report/row-report.js';
import type { Finished } from './finished-row.js';
import type { Stopper } from './stopper.js';
import { type RecordRows, writeBatch } from './write-batch.js';

export interface CommitEvents {
  /** The row's result is final. */
  counted(finished: Finished): void;
  /** The database refuses the row, and would refuse it again. */
  refused(finished: Finished, why: Failure): void;
  /** The row's condition did not hold. Whoever retries the row starts it again. */
  conflicted(finished: Finished): Promise<void>;
}

/** Results that an unmounted disk would also produce. */
const SUSPECT: ReadonlySet<Result> = new Set(['no_file', 'lost', 'unreadable']);

/**
 * Collects finished rows and commits them, one transaction at a time, after `batchRows` rows or `commitEveryMs`,
 * whichever comes first. It counts the rows in flight, so it knows when there is room for more and when all are done.
 */
export class CommitQueue {
  readonly #options: ChecksumOptions;
  readonly #ports: ChecksumPorts;
  readonly #stopper: Stopper;
  readonly #events: CommitEvents;
  #waiting: Finished[] = [];
  #inFlight = 0;
  #committing = 0;
  #draining = false;
  #timer: NodeJS.Timeout | undefined;
  #watchers: { limit: number; resolve: () => void }[] = [];

  constructor(options: ChecksumOptions, ports: ChecksumPorts, stopper: Stopper, events: CommitEvents) {
    this.#options = options;
    this.#ports = ports;
    this.#stopper = stopper;
    this.#events = events;
  }

  begin(rows: number): void {
    this.#inFlight += rows;
  }

  /** Releases a row that was started and has no result. */
  drop(): void {
    this.#leave(1);
    this.#maybeFlush();
  }

  add(finished: Finished): void {
    this.#waiting.push(finished);
    this.#maybeFlush();
  }

  /** Resolves when at most `limit` rows are in flight. */
  async room(limit: number): Promise<void> {
    if (this.#inFlight <= Math.max(0, limit)) return;
    await new Promise<void>((resolve) => {
      this.#watchers.push({ limit: Math.max(0, limit), resolve });
    });
  }

  /** Commits finished rows without waiting for a full batch, until no row is in flight. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#maybeFlush();
    await this.room(0);
    clearTimeout(this.#timer);
  }

  #maybeFlush(): void {
    if (this.#committing > 0 || this.#waiting.length === 0) return;
    const reading = this.#inFlight - this.#waiting.length;
    const full = this.#waiting.length >= this.#options.batchRows;
    if (full || ((this.#draining || this.#stopper.stopped) && reading === 0)) {
      void this.#flush();
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#committing === 0 && this.#waiting.length > 0) void this.#flush();
    }, this.#options.commitEveryMs);
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, this.#options.batchRows);
    this.#committing = batch.length;
    try {
      if (!this.#stopper.failed) await this.#commit(batch);
    } catch (error) {
      this.#stopper.fail(error);
    }
    this.#committing = 0;
    this.#leave(batch.length);
    this.#maybeFlush();
  }

  async #commit(batch: readonly Finished[]): Promise<void> {
    if (batch.some(({ decision }) => SUSPECT.has(decision.result))) await this.#ports.files.checkRoots();
    const { changed, refused } = await writeBatch(this.#ports.writer, batch, this.#recorder());
    const conflicts: Finished[] = [];
    for (const finished of batch) {
      const why = refused.get(finished.row.id);
      if (why !== undefined) this.#events.refused(finished, why);
      else if (isSettled(finished, changed)) this.#events.counted(finished);
      else conflicts.push(finished);
    }
    for (const finished of conflicts) await this.#events.conflicted(finished);
  }

  #recorder(): RecordRows<Finished> | undefined {
    const { record } = this.#ports;
    return (
      record &&
      ((tx, rows, changed) => record(tx, rows.filter((row) => isSettled(row, changed)).map(reportOf)))
    );
  }

  #leave(rows: number): void {
    this.#inFlight -= rows;
    const ready = this.#watchers.filter((watcher) => this.#inFlight <= watcher.limit);
    this.#watchers = this.#watchers.filter((watcher) => this.#inFlight > watcher.limit);
    for (const watcher of ready) watcher.resolve();
  }
}

/** The row's condition held, or it had none. */
function isSettled({ change, row }: Finished, changed: ReadonlySet<string>): boolean {
  return change === undefined || changed.has(row.id);
}
