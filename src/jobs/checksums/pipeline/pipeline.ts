import type { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import type { Location } from '../../../files/port.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import { driftPair } from '../../../registry/drift/drift-port.js';
import type { ChecksumOptions, ChecksumPorts } from '../options.js';
import type { RowsRead } from '../report/conclude.js';
import { driftMessage } from '../report/findings.js';
import type { RowReport } from '../report/results.js';
import { type DirectoryTally, RowVerdict, reportOf } from '../report/row-report.js';
import type { Tally } from '../report/summary.js';
import { type ChangeContext, rowOutcome } from './change.js';
import { CommitQueue } from './commit-queue.js';
import { currentMarker } from './current-marker.js';
import {
  contradictedSha256,
  type Decision,
  type DriftFound,
  type DriftPolicy,
  decideRow,
  undecided,
} from './decide.js';
import { type FileRead, FileReads } from './file-reads.js';
import type { Finished } from './finished-row.js';
import { PartReader, partKeys } from './part-reader.js';
import { READ_KEYS } from './read-rows.js';
import { algorithmsFor, type ComparableDigest, compareRecorded, digestList } from './recorded.js';
import { RestOfRun } from './rest-of-run.js';
import { SidecarDigests } from './sidecar-digests.js';
import type { Stopper } from './stopper.js';

/** How often a row that was changed by others is tried again. */
const MAX_ATTEMPTS = 3;
/** More than one run can start; the rest is left to the next run. */
const MOST_SET_ASIDE = 1000;
/** The tolerance for files verified earlier in the same run: files that were set aside start after those that fit. */
const SAME_NIGHT_MS = 24 * 3_600_000;
/** However long a file takes, the other files are due again after this time. */
const LONGEST_WAIT_MS = 30 * 24 * 3_600_000;
/** Rows in flight, in batches: being read, waiting for a commit, and being committed. */
const BATCHES_IN_FLIGHT = 3;

export interface PipelineSettings {
  action: ChangeContext['action'];
  onDrift: 'record' | 'hold';
  recheckBefore?: Date | undefined;
  /** Whether done rows are skipped. A scrub reads exactly those. */
  skipsDone: boolean;
}

/**
 * Takes many rows at a time through reading, deciding and committing. Only committed rows count: a row whose batch was
 * not committed is treated as if it had never been started. Errors are passed to the stopper.
 */
export class RowPipeline implements RowsRead {
  readonly #options: ChecksumOptions;
  readonly #ports: ChecksumPorts;
  readonly #settings: PipelineSettings;
  readonly #stopper: Stopper;
  readonly #tally: Tally;
  readonly #reads: FileReads;
  readonly #queue: CommitQueue;
  readonly #sidecars: SidecarDigests;
  readonly #verdict = new RowVerdict();
  readonly #unrecorded: RowReport[] = [];
  readonly #parts: PartReader | undefined;
  readonly #rest: RestOfRun;
  /** Rows whose file does not fit into the rest of the run, in order of arrival, with the bytes reserved for them. */
  readonly #setAside: { row: ArtifactRow; takenBytes: number }[] = [];
  /** Rows whose file was partly read, with the progress saved. */
  #begun: Promise<ReadonlyMap<string, Date>> | undefined;
  /** All further rows were verified after the reading of a file that was set aside began. */
  #hadItsTurn = false;
  #inParts: string | undefined;
  #toldSideEffect = false;

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
    this.#queue = new CommitQueue(options, ports, stopper, {
      counted: (finished) => void this.#count(finished),
      refused: (finished, why) => this.#refused(finished, why),
      conflicted: (finished) => this.#again(finished),
    });
  }

  /** Bytes read so far, whatever the result. */
  get bytes(): number {
    return this.#ports.files.bytesRead;
  }

  /** Rows with a recorded digest whose file is missing, unless a person has marked it as lost. */
  get lostUnexplained(): number {
    return this.#verdict.lost;
  }

  /** Drift that a person has already decided. */
  get rejectedDrift(): number {
    return this.#verdict.rejected;
  }

  /** Paths that lead to directories. */
  get directories(): DirectoryTally {
    return this.#verdict.directories;
  }

  /** Rows whose file is unchanged and that were not written. */
  get verified(): number {
    return this.#verdict.verified;
  }

  /** Rows whose result needed no commit, so that it is not recorded anywhere yet. */
  get unrecorded(): readonly RowReport[] {
    return this.#unrecorded;
  }

  /** Resolves when there is room for more rows. */
  async take(rows: readonly ArtifactRow[]): Promise<void> {
    await this.#queue.room(BATCHES_IN_FLIGHT * this.#options.batchRows - rows.length);
    if (this.#stopper.stopped) return;
    await this.#start(rows, 1);
    this.#hadItsTurn = await this.#wasVerifiedSince(rows.at(-1));
  }

  /** Sets aside a row whose file is larger than what may be read, until all others are done. */
  setAside(row: ArtifactRow, takenBytes = 0): void {
    if (this.#setAside.length < MOST_SET_ASIDE) this.#setAside.push({ row, takenBytes });
  }

  /**
   * A scrub starts over with the small files as soon as it has read them all. Files that were set aside therefore get
   * half of the time, or all of it if the others were verified recently and after the reading of those files began.
   */
  get isTurnOfSetAside(): boolean {
    return this.hasSetAside && !this.#settings.skipsDone && (this.#rest.isHalfGone || this.#hadItsTurn);
  }

  /** The rows of a scrub are sorted by their last verification: what is true of one row is true of all after it. */
  async #wasVerifiedSince(row: ArtifactRow | undefined): Promise<boolean> {
    const begun = await this.#begun;
    if (row === undefined || begun === undefined || begun.size === 0 || begun.has(row.id)) return false;
    const since = this.#setAside.flatMap(({ row: { id } }) => begun.get(id)?.getTime() ?? []);
    const verified = Date.parse(row.digest?.verifiedAt ?? row.digest?.computedAt ?? '');
    const patience = this.#ports.clock.now().getTime() - LONGEST_WAIT_MS;
    return since.length > 0 && verified >= Math.max(Math.min(...since) - SAME_NIGHT_MS, patience);
  }

  get hasSetAside(): boolean {
    return this.#setAside.length > 0;
  }

  /** Returns the rows that were set aside, for other workers to read. */
  giveUpSetAside(): { row: ArtifactRow; takenBytes: number }[] {
    return this.#setAside.splice(0);
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
    let open = this.#setAside.length;
    this.#parts.limitTo(this.#setAside.reduce((sum, { takenBytes }) => sum + takenBytes, maxBytes));
    for (const { row, location } of await this.#byProgress(this.#parts)) {
      if (this.#stopper.stopped || this.#parts.isExhausted) break;
      this.#inParts = row.id;
      this.#queue.begin(1);
      const before = this.#ports.files.bytesRead;
      const isFinished = await this.#process(row, location, 1);
      this.#inParts = undefined;
      const bytes = this.#ports.files.bytesRead - before;
      if (isFinished) open -= 1;
      else unfinishedBytes += bytes;
      if (!isFinished && bytes > 0) this.#tally.partial(row.type);
    }
    return { isFinished: open === 0 && this.#setAside.length < MOST_SET_ASIDE, unfinishedBytes };
  }

  async #byProgress(parts: PartReader): Promise<{ row: ArtifactRow; location: Location }[]> {
    const locations = await this.#ports.files.locate(this.#setAside.map(({ row }) => requestOf(row)));
    const rows = await Promise.all(
      this.#setAside.map(async ({ row }, i) => {
        const location = locations[i] ?? { kind: 'no_file' as const, reason: 'it was not looked for' };
        const left = location.kind === 'file' ? location.file.identity.sizeBytes : 0;
        const read = location.kind === 'file' ? await parts.progress(location.file) : 0;
        return { row, location, isBegun: read > 0, left: left - read };
      }),
    );
    return rows.sort((a, b) => Number(b.isBegun) - Number(a.isBegun) || (a.isBegun ? a.left - b.left : 0));
  }

  /** Resolves when every row has its result, or when the run was stopped and finished rows are committed. */
  drain(): Promise<void> {
    return this.#queue.drain();
  }

  async #start(rows: readonly ArtifactRow[], attempt: number): Promise<void> {
    this.#queue.begin(rows.length);
    try {
      this.#begun ??= this.#ports.parts?.begun();
      const begun = await this.#begun;
      const locations = await this.#ports.files.locate(rows.map(requestOf));
      const known = await this.#sidecars.added(rows, locations);
      known.forEach((row, i) => {
        void this.#process(
          row,
          locations[i] ?? { kind: 'no_file', reason: 'it was not looked for' },
          attempt,
          begun?.has(row.id),
        );
      });
    } catch (error) {
      this.#stopper.fail(error);
      for (const _ of rows) this.#queue.drop();
    }
  }

  /** Whether the row has its result. */
  async #process(row: ArtifactRow, location: Location, attempt: number, isBegun = false): Promise<boolean> {
    const taken = this.#takeOn(row, location, isBegun);
    if (taken === undefined) {
      this.setAside(row, location.kind === 'file' ? location.file.identity.sizeBytes : 0);
      this.#queue.drop();
      return false;
    }
    try {
      const finished = await this.#finish(row, location, attempt);
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
  #takeOn(row: ArtifactRow, location: Location, isBegun: boolean): number | undefined {
    if (this.#parts === undefined || this.#inParts === row.id || location.kind !== 'file') return 0;
    // A file that was already read for another row costs nothing.
    if (this.#reads.knows(location.file, algorithmsFor(row))) return 0;
    if (isBegun) return undefined;
    const { sizeBytes } = location.file.identity;
    return this.#rest.takeOn(sizeBytes) ? sizeBytes : undefined;
  }

  async #finish(row: ArtifactRow, location: Location, attempt: number): Promise<Finished | undefined> {
    const context = this.#context();
    const { now } = context;
    if (row.metadata.kind === 'bad') {
      const decision: Decision = { result: 'bad_metadata', write: false, reason: row.metadata.reason };
      return { row, decision, attempt, now };
    }
    const { read, policy } = await this.#readTwiceIfContradicted(row, location);
    if (read.kind === 'stopped') return undefined;
    const decision = decideRow(row, read, policy);
    if (read.kind !== 'hashed') return { row, decision, read, attempt, now };
    if (decision.result === 'drift') this.#sayDrift(row, decision, read);
    const partsRead = this.#inParts === row.id ? partKeys(read.file) : [];
    return { row, decision, read, attempt, now, partsRead, ...rowOutcome(row, read, decision, context) };
  }

  async #readTwiceIfContradicted(
    row: ArtifactRow,
    location: Location,
  ): Promise<{ read: FileRead; policy: DriftPolicy }> {
    const { onDrift } = this.#settings;
    const algorithms = algorithmsFor(row);
    const inParts = this.#inParts === row.id ? row : undefined;
    const first = await this.#reads.read(requestOf(row), location, algorithms, inParts);
    const undoubted = { read: first, policy: { onDrift, rejected: false } };
    if (first.kind !== 'hashed') return undoubted;
    const contradicts = await this.#contradictions(row, first);
    const onRecord = contradictedSha256(row, first);
    if (onRecord === undefined && contradicts.length === 0) return undoubted;
    const read = await this.#reads.confirm(requestOf(row), first, algorithms, inParts);
    if (contradicts.length > 0 && !(await this.#sidecars.areAsBefore(row, location)))
      return {
        read: { kind: 'unstable', reason: 'its sidecar changed while it was read' },
        policy: undoubted.policy,
      };
    const open = await this.#ports.drift.openOf(row.id);
    const old = contradicts.length > 0 ? digestList(contradicts) : undecided(onRecord ?? '', open);
    const pair = { artifactId: row.id, old, newSha256: first.sha256 };
    const rejected = (await this.#ports.drift.rejected([pair])).has(driftPair(pair));
    return { read, policy: { onDrift, rejected, open, contradicts } };
  }

  /** Recorded digests that the content contradicts, except those for which a person accepted other content. */
  async #contradictions(
    row: ArtifactRow,
    read: Extract<FileRead, { kind: 'hashed' }>,
  ): Promise<readonly ComparableDigest[]> {
    const { contradicts } = compareRecorded(row, read);
    if (contradicts.length === 0) return contradicts;
    return compareRecorded(row, read, await this.#ports.drift.settledDigests(row.id)).contradicts;
  }

  /** Emitted before the write, so that the warning appears even if the write fails. */
  #sayDrift(row: ArtifactRow, decision: DriftFound, read: Extract<FileRead, { kind: 'hashed' }>): void {
    this.#ports.emit({ type: 'note', level: 'warning', message: driftMessage(row, decision, read) });
  }

  #context(): ChangeContext {
    return {
      runId: this.#options.runId,
      actor: this.#options.actor,
      action: this.#settings.action,
      now: this.#ports.clock.now(),
      rootPath: (index) => this.#ports.files.roots[index]?.path ?? '',
    };
  }

  #count(finished: Finished): RowReport {
    const report = reportOf(finished);
    this.#verdict.count(report, this.#tally, this.#ports);
    return report;
  }

  #refused(finished: Finished, why: Failure): void {
    if (why.code !== 'row.side_effect') {
      const refused = {
        result: 'conflict',
        write: false,
        code: 'row.refused',
        reason: why.message,
      } as const;
      this.#unrecorded.push(this.#count({ ...finished, decision: refused, read: undefined }));
      return;
    }
    if (!this.#toldSideEffect) this.#ports.emit({ type: 'finding', finding: sideEffectOf(this.#ports, why) });
    this.#toldSideEffect = true;
    const decision = {
      result: 'conflict',
      write: false,
      code: 'row.side_effect',
      reason: 'the row would have differed from what was written; the update was rolled back',
    } as const;
    this.#unrecorded.push(this.#count({ ...finished, decision, read: undefined }));
  }

  #conflict(finished: Finished, reason: string): void {
    this.#unrecorded.push(this.#count(conflict(finished, reason)));
  }

  /** A row that was changed or deleted by others since it was read: it is read and evaluated again. */
  async #again(finished: Finished): Promise<void> {
    const { row, attempt } = finished;
    const [now] = await this.#ports.artifacts.read([row.id], { keys: READ_KEYS });
    if (now === undefined || now.path === null || now.path === '') {
      this.#conflict(finished, 'it was deleted or lost its path in the meantime');
    } else if (
      this.#settings.skipsDone &&
      currentMarker(now, this.#ports.clock.now(), this.#settings.recheckBefore)
    ) {
      this.#tally.foundDone(row.type);
    } else if (attempt >= MAX_ATTEMPTS) {
      this.#conflict(finished, `it was changed by others ${attempt} times`);
    } else {
      await this.#start([now], attempt + 1);
    }
  }
}

/** Reported once per run: the trigger's name, which the findings of single rows leave out. */
function sideEffectOf({ artifacts }: Pick<ChecksumPorts, 'artifacts'>, why: Failure): Finding {
  return {
    code: 'row.side_effect',
    severity: 'error',
    subject: artifacts.table,
    message: `${why.message}; these rows were not changed. ${why.hint ?? ''}`,
    detail: { triggers: why.detail?.triggers },
  };
}

function conflict(finished: Finished, reason: string): Finished {
  const { row, attempt, now } = finished;
  return { row, attempt, now, decision: { result: 'conflict', write: false, reason } };
}

function requestOf(row: ArtifactRow): { type: string | null; path: string } {
  return { type: row.type, path: row.path ?? '' };
}
