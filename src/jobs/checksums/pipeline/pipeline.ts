import { counted } from '../../../core/pluralize.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { ChecksumOptions, ChecksumPorts } from '../options.js';
import type { Tally } from '../report/summary.js';
import { CommitQueue } from './commit-queue.js';
import { currentMarker } from './current-marker.js';
import { type EvaluationSettings, RowEvaluator } from './evaluate-row.js';
import { FileReads } from './file-reads.js';
import type { Finished } from './finished-row.js';
import { type LocatedRow, locateRows } from './locate-rows.js';
import { PartReader } from './part-reader.js';
import { READ_KEYS } from './read-rows.js';
import { algorithmsFor } from './recorded.js';
import { RestOfRun } from './rest-of-run.js';
import { RowResults } from './row-results.js';
import { SetAsideRows } from './set-aside-rows.js';
import { SidecarDigests } from './sidecar-digests.js';
import type { Stopper } from './stopper.js';

/** How often a row that was changed by others is tried again. */
const MAX_ATTEMPTS = 3;
/** Rows in flight, in batches: being read, waiting for a commit, and being committed. */
const BATCHES_IN_FLIGHT = 3;

export interface PipelineSettings extends EvaluationSettings {
  recheckBefore?: Date | undefined;
  /** Whether done rows are skipped. A scrub reads exactly those. */
  skipsDone: boolean;
}

interface Attempt {
  attempt: number;
  /** The row was set aside, and its turn has come. */
  inParts: boolean;
  /** Its file was partly read before. */
  isBegun: boolean;
}

/**
 * Takes many rows at a time through reading, deciding and committing. Only committed rows count: a row whose batch was
 * not committed is treated as if it had never been started. Errors are passed to the stopper.
 */
export class RowPipeline {
  /** The final results so far. */
  readonly results: RowResults;
  /** Rows whose file is larger than what may be read, until all others are done. */
  readonly aside: SetAsideRows;
  readonly #options: ChecksumOptions;
  readonly #ports: ChecksumPorts;
  readonly #settings: PipelineSettings;
  readonly #stopper: Stopper;
  readonly #tally: Tally;
  readonly #reads: FileReads;
  readonly #evaluator: RowEvaluator;
  readonly #queue: CommitQueue;
  readonly #sidecars: SidecarDigests;
  readonly #parts: PartReader | undefined;
  readonly #rest: RestOfRun;

  constructor(
    options: ChecksumOptions,
    ports: ChecksumPorts,
    settings: PipelineSettings,
    { stopper, tally }: { stopper: Stopper; tally: Tally },
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#settings = settings;
    this.#stopper = stopper;
    this.#tally = tally;
    this.#parts = ports.parts && new PartReader(ports.files, ports.parts, options);
    this.#rest = new RestOfRun(options, ports.clock, () => ports.files.bytesRead);
    this.#sidecars = new SidecarDigests(ports.files);
    this.#reads = new FileReads(ports.files, this.#parts);
    this.#evaluator = new RowEvaluator(options, ports, settings, {
      reads: this.#reads,
      sidecars: this.#sidecars,
    });
    this.results = new RowResults(ports, tally);
    this.aside = new SetAsideRows(ports, this.#rest);
    this.#queue = new CommitQueue(options, ports, stopper, {
      counted: (finished) => void this.results.count(finished),
      refused: (finished, why) => this.results.refused(finished, why),
      conflicted: (finished) => this.#again(finished),
    });
  }

  /** Resolves when there is room for more rows. */
  async take(rows: readonly ArtifactRow[]): Promise<void> {
    await this.#queue.room(BATCHES_IN_FLIGHT * this.#options.batchRows - rows.length);
    if (this.#stopper.stopped) return;
    await this.#start(rows, 1);
    await this.aside.noteReached(rows.at(-1));
  }

  /**
   * Whether the rows that were set aside must start although there are others. In a backfill, which does not start over,
   * they wait.
   */
  get isTurnOfSetAside(): boolean {
    return !this.#settings.skipsDone && this.aside.isTurn;
  }

  /**
   * Uses the rest of the run to read the files that were set aside, one at a time, starting with the one that is closest
   * to being finished. The progress of unfinished files is saved for the next run.
   */
  async takeSetAside(
    maxBytes = Number.POSITIVE_INFINITY,
  ): Promise<{ isFinished: boolean; unfinishedBytes: number }> {
    if (this.#parts === undefined) return { isFinished: true, unfinishedBytes: 0 };
    let unfinishedBytes = 0;
    let open = this.aside.count;
    this.#parts.limitTo(maxBytes + this.aside.takenBytes);
    for (const located of await this.aside.byProgress(this.#parts)) {
      if (this.#stopper.stopped || this.#parts.isExhausted) break;
      this.#queue.begin(1);
      const before = this.#ports.files.bytesRead;
      const isFinished = await this.#process(located, { attempt: 1, inParts: true, isBegun: false });
      const bytes = this.#ports.files.bytesRead - before;
      if (isFinished) open -= 1;
      else unfinishedBytes += bytes;
      if (!isFinished && bytes > 0) this.#tally.partial(located.row.type);
    }
    return { isFinished: open === 0 && !this.aside.isFull, unfinishedBytes };
  }

  /** Resolves when every row has its result, or when the run was stopped and finished rows are committed. */
  drain(): Promise<void> {
    return this.#queue.drain();
  }

  async #start(rows: readonly ArtifactRow[], attempt: number): Promise<void> {
    this.#queue.begin(rows.length);
    try {
      const begun = await this.aside.begun();
      const located = await this.#sidecars.added(await locateRows(this.#ports.files, rows));
      for (const one of located)
        void this.#process(one, { attempt, inParts: false, isBegun: begun?.has(one.row.id) ?? false });
    } catch (error) {
      this.#stopper.fail(error);
      for (const _ of rows) this.#queue.drop();
    }
  }

  /** Whether the row has its result. */
  async #process(located: LocatedRow, attempt: Attempt): Promise<boolean> {
    const taken = this.#takeOn(located, attempt);
    if (taken === undefined) {
      const { row, location } = located;
      this.aside.add(row, location.kind === 'file' ? location.file.identity.sizeBytes : 0);
      this.#queue.drop();
      return false;
    }
    try {
      const finished = await this.#evaluator.evaluate(located, attempt);
      if (finished) this.#queue.add(finished);
      else this.#queue.drop();
      return finished !== undefined;
    } catch (error) {
      this.#stopper.fail(error);
      this.#queue.drop();
      return false;
    } finally {
      this.#rest.finished(taken);
    }
  }

  /**
   * The part of the remaining run that the row's file takes; undefined if it does not fit or was partly read before.
   */
  #takeOn({ row, location }: LocatedRow, { inParts, isBegun }: Attempt): number | undefined {
    if (this.#parts === undefined || inParts || location.kind !== 'file') return 0;
    // A file that was already read for another row costs nothing.
    if (this.#reads.knows(location.file, algorithmsFor(row))) return 0;
    if (isBegun) return undefined;
    const { sizeBytes } = location.file.identity;
    return this.#rest.takeOn(sizeBytes) ? sizeBytes : undefined;
  }

  /** A row that was changed or deleted by others since it was read: it is read and evaluated again. */
  async #again(finished: Finished): Promise<void> {
    const { row, attempt } = finished;
    const [now] = await this.#ports.artifacts.read([row.id], { keys: READ_KEYS });
    if (now === undefined || now.path === null || now.path === '') {
      this.results.conflict(finished, { reason: 'it was deleted or lost its path in the meantime' });
    } else if (
      this.#settings.skipsDone &&
      currentMarker(now, this.#ports.clock.now(), this.#settings.recheckBefore)
    ) {
      this.#tally.foundDone(row.type);
    } else if (attempt >= MAX_ATTEMPTS) {
      this.results.conflict(finished, { reason: `it was changed by others ${counted(attempt, 'time')}` });
    } else {
      await this.#start([now], attempt + 1);
    }
  }
}
