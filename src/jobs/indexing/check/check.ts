import { createHash } from 'node:crypto';
import type { Decode } from '../../../archive/read-archive.js';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { type JobOutcome, statusOfExit } from '../../../core/outcome.js';
import { counted } from '../../../core/pluralize.js';
import { type Fit, ReadBudget } from '../../../core/read-budget.js';
import { formatSize } from '../../../core/sizes.js';
import { StopRequest } from '../../../core/stop.js';
import type { Emit } from '../../../events/event.js';
import type { StoreReader } from '../../../objectstore/port.js';
import type { ArchiveParts } from '../../../registry/archive-parts-port.js';
import type { ArchiveRef } from '../archive-ref.js';
import { listArchives } from '../gaps.js';
import { checkInParts } from './check-in-parts.js';
import { type CheckedOne, checkOne } from './check-one.js';
import { type LargeArchive, LargeArchives } from './large-archives.js';

/** Spreads the archives over runs, so that each archive is checked once per period. */
export interface Rotation {
  periodMs: number;
  /** The interval between runs of the command. */
  everyMs: number;
}

/** The limits of one run. Archives that it does not reach are left to later runs. */
interface CheckBudget {
  maxBytes?: number | undefined;
  maxDurationMs?: number | undefined;
  /** The rate to which the stores are limited: what cannot fit at this rate is not tried. */
  bytesPerSecond?: number | undefined;
}

export type CheckWork =
  | { kind: 'archives'; archives: readonly ArchiveRef[] }
  | {
      kind: 'prefixes';
      stores: readonly StoreReader[];
      rotation: Rotation | undefined;
      budget?: CheckBudget;
    };

export interface CheckPorts {
  decode: Decode;
  directory: string;
  isCanary(archive: ArchiveRef): boolean;
  /** Where progress is saved between runs. Without it, an archive that does not fit into one run is only named. */
  parts?: ArchiveParts | undefined;
  nowMs: number;
  monotonicMs(): number;
  emit: Emit;
  signal: AbortSignal;
}

export interface CheckSummary {
  archives_total: number;
  /** Archives under the prefixes that are not due in this run. */
  not_due: number;
  /** Archives that exceed the bytes or the time of one run and cannot be read in parts: reported, not checked. */
  too_large: number;
  /** Archives of which this run read a part; later runs finish them. */
  in_parts: number;
  /** Archives that are due but left to another run. */
  not_reached: number;
  checked: number;
  damaged: number;
  listings_same: number;
  listings_differ: number;
  listings_absent: number;
  indexes_same: number;
  indexes_differ: number;
  indexes_absent: number;
  indexes_stale: number;
  indexes_corrupt: number;
  members: number;
  bytes_read: number;
  errors: number;
  /** Null if every due archive was processed. */
  stopped_by: 'bytes' | 'duration' | null;
}

/** Compares listings and indexes with their archives, each archive in one pass. */
export async function checkListings(work: CheckWork, ports: CheckPorts): Promise<JobOutcome<CheckSummary>> {
  const budget = work.kind === 'prefixes' ? work.budget : undefined;
  const run = await CheckRun.begin(budget, ports);
  const archives = budget === undefined ? run.due(work) : await shuffled(run.due(work), ports.nowMs);
  if (Array.isArray(archives)) await run.readOverdue(archives);
  for await (const archive of archives) {
    if (ports.signal.aborted) break;
    if (run.isTurnOfLarge) await run.readLarge();
    if (run.affords(archive)) await run.one(archive);
  }
  await run.readLarge();
  await run.leaveLarge();
  return run.outcome();
}

/**
 * Whether an archive is due in the current run. The hash of its url assigns it to a slot that is due once per period,
 * so no state is needed. If a run is missed, its archives are due again in the next period.
 */
export function isDue(url: string, nowMs: number, { periodMs, everyMs }: Rotation): boolean {
  const slots = Math.max(1, Math.floor(periodMs / everyMs));
  const slot = createHash('sha256').update(url).digest().readUInt32LE(0) % slots;
  return Math.floor(nowMs / everyMs) % slots === slot;
}

/** A different order in every run, so that no archive always comes after those that use up the budget. */
async function shuffled(archives: AsyncIterable<DueArchive>, nowMs: number): Promise<DueArchive[]> {
  const keyed: { archive: DueArchive; rank: string }[] = [];
  for await (const archive of archives) {
    const rank = createHash('sha256')
      .update(`${nowMs}\n${archive.store.urlOf(archive.key)}`)
      .digest('hex');
    keyed.push({ archive, rank });
  }
  return keyed.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ archive }) => archive);
}

/** `sizeBytes`: if a listing of the store reported it. */
type DueArchive = ArchiveRef & { sizeBytes?: number };

/** Thrown when the current archive does not fit into the time limit. */
class DoesNotFit extends Error {
  constructor(readonly fit: Exclude<Fit, 'fits'>) {
    super(fit);
  }
}

class CheckRun {
  readonly #summary: CheckSummary = {
    archives_total: 0,
    not_due: 0,
    too_large: 0,
    in_parts: 0,
    not_reached: 0,
    checked: 0,
    damaged: 0,
    listings_same: 0,
    listings_differ: 0,
    listings_absent: 0,
    indexes_same: 0,
    indexes_differ: 0,
    indexes_absent: 0,
    indexes_stale: 0,
    indexes_corrupt: 0,
    members: 0,
    bytes_read: 0,
    errors: 0,
    stopped_by: null,
  };
  #brokenWorld = false;
  readonly #budget: CheckBudget;
  readonly #time: ReadBudget;
  readonly #ports: CheckPorts;
  readonly #large: LargeArchives | undefined;

  private constructor(budget: CheckBudget, large: LargeArchives | undefined, ports: CheckPorts) {
    this.#budget = budget;
    this.#large = large;
    this.#ports = ports;
    const { maxDurationMs = Number.POSITIVE_INFINITY, bytesPerSecond } = budget;
    this.#time = new ReadBudget(maxDurationMs, () => ports.monotonicMs(), bytesPerSecond);
  }

  static async begin(budget: CheckBudget | undefined, ports: CheckPorts): Promise<CheckRun> {
    const { parts } = ports;
    const large = parts === undefined ? undefined : await LargeArchives.open(parts);
    return new CheckRun(budget ?? {}, large, ports);
  }

  /** Whether half of the limits are used and archives are waiting to be read in parts. */
  get isTurnOfLarge(): boolean {
    if (this.#large === undefined || this.#large.isEmpty) return false;
    return this.#time.isHalfOver || this.#bytesLeft <= (this.#budget.maxBytes ?? 0) / 2;
  }

  get #bytesLeft(): number {
    return (this.#budget.maxBytes ?? Number.POSITIVE_INFINITY) - this.#summary.bytes_read;
  }

  /** Whether the remaining bytes and time suffice. Sets aside an archive that needs, or already took, several runs. */
  affords(archive: DueArchive): boolean {
    const { maxBytes } = this.#budget;
    const { sizeBytes = 0 } = archive;
    if (this.#isLarge(archive)) return false;
    if (maxBytes !== undefined && sizeBytes > maxBytes) {
      this.#doesNotFit(archive, `its size (${formatSize(sizeBytes)}) exceeds --max-bytes`);
      return false;
    }
    if (sizeBytes > this.#bytesLeft) {
      this.#leave(archive, 'bytes');
      return false;
    }
    if (this.#time.isOver) {
      this.#leave(archive, 'duration');
      return false;
    }
    const fit = this.#time.begin(sizeBytes);
    if (fit !== 'fits') this.#setAside(archive, fit);
    return fit === 'fits';
  }

  /** Whether earlier runs began to read it in parts: then it is read on in its turn. */
  #isLarge(archive: DueArchive): boolean {
    if (!this.#large?.isBegun(archive.store.urlOf(archive.key))) return false;
    this.#large.add({
      archive,
      sizeBytes: archive.sizeBytes ?? 0,
      reason: 'earlier runs could not finish it',
    });
    return true;
  }

  async *due(work: CheckWork): AsyncGenerator<DueArchive> {
    if (work.kind === 'archives') {
      yield* work.archives;
      return;
    }
    for (const store of work.stores) {
      const listed = new Set<string>();
      for await (const { key, sizeBytes } of listArchives(store, this.#ports.signal)) {
        const archive = { store, key, sizeBytes };
        const url = store.urlOf(key);
        if (this.#ports.isCanary(archive)) continue;
        const isBegun = this.#large?.isBegun(url) === true;
        if (isBegun) listed.add(url);
        // What was begun goes on every time, whenever it is due.
        if (isBegun || work.rotation === undefined || isDue(url, this.#ports.nowMs, work.rotation))
          yield archive;
        else {
          this.#summary.not_due += 1;
          this.#ports.emit({ type: 'left', subjects: [url] });
        }
      }
      await this.#large?.forgetOthers(store.url, listed);
    }
  }

  async one(archive: DueArchive): Promise<void> {
    const summary = this.#summary;
    const ports = this.#ports;
    summary.archives_total += 1;
    try {
      const checked = await checkOne(archive, {
        decode: ports.decode,
        directory: ports.directory,
        signal: ports.signal,
        found: (finding) => this.#found(finding),
        onBytes: (count) => {
          this.#read(count);
          const fit = this.#time.read(count);
          if (fit !== 'fits') throw new DoesNotFit(fit);
        },
      });
      this.#examined(archive, checked);
    } catch (error) {
      if (error instanceof DoesNotFit) {
        summary.archives_total -= 1;
        this.#setAside(archive, error.fit);
        return;
      }
      this.#failed(archive, error);
    }
  }

  /** Begins with the archives that are read in parts, if the last run had no time for any of them. */
  async readOverdue(archives: readonly DueArchive[]): Promise<void> {
    const large = this.#large;
    if (!large?.isOverdue(archives.map(({ store, key }) => store.urlOf(key)))) return;
    for (const archive of archives) this.#isLarge(archive);
    await this.readLarge();
  }

  /** Reads archives in parts until there are no more or a limit is reached. */
  async readLarge(): Promise<void> {
    const large = this.#large;
    if (large === undefined) return;
    while (!this.#ports.signal.aborted && this.#spent === undefined) {
      const next = large.next();
      if (next === undefined) return;
      await this.#part(next, large.parts);
    }
  }

  get #spent(): 'duration' | 'bytes' | undefined {
    if (this.#time.isOver) return 'duration';
    return this.#bytesLeft <= 0 ? 'bytes' : undefined;
  }

  /** Ends the run for archives that would have been read in parts. */
  async leaveLarge(): Promise<void> {
    for (const archive of (await this.#large?.leave()) ?? []) this.#leave(archive, this.#spent);
  }

  async #part({ archive, reason }: LargeArchive, parts: ArchiveParts): Promise<void> {
    const { directory, signal, monotonicMs } = this.#ports;
    try {
      const part = await checkInParts(archive, {
        ...{ directory, signal, parts, monotonicMs, maxBytes: this.#bytesLeft },
        found: (finding) => this.#found(finding),
        onBytes: (count) => this.#read(count),
        hasTime: () => !this.#time.isOver,
      });
      if (part.kind === 'impossible') {
        this.#nameTooLarge(archive, `${reason}; it cannot be read in parts, because ${part.reason}`);
      } else if (part.kind === 'finished') {
        this.#summary.archives_total += 1;
        this.#examined(archive, part.checked);
      } else {
        this.#summary.in_parts += 1;
        this.#summary.stopped_by ??= this.#time.isOver ? 'duration' : 'bytes';
        this.#ports.emit({ type: 'left', subjects: [archive.store.urlOf(archive.key)] });
      }
    } catch (error) {
      this.#summary.archives_total += 1;
      this.#failed(archive, error);
    }
  }

  #examined(archive: ArchiveRef, checked: CheckedOne | undefined): void {
    const summary = this.#summary;
    summary.checked += 1;
    this.#ports.emit({ type: 'examined', subjects: [archive.store.urlOf(archive.key)] });
    if (checked === undefined) {
      summary.damaged += 1;
      return;
    }
    summary.members += checked.members;
    this.#count(checked);
  }

  /** One archive that cannot be read does not end the run. */
  #failed(archive: ArchiveRef, error: unknown): void {
    if (this.#ports.signal.aborted) return;
    if (!(error instanceof Failure)) throw error;
    this.#brokenWorld = true;
    const subject = archive.store.urlOf(archive.key);
    this.#found({ code: error.code, severity: 'error', subject, message: error.message });
  }

  #read(count: number): void {
    this.#summary.bytes_read += count;
    this.#ports.emit({ type: 'progress', unit: 'bytes', done: this.#summary.bytes_read });
  }

  outcome(): JobOutcome<CheckSummary> {
    const summary = this.#summary;
    const { signal } = this.#ports;
    const stopped =
      signal.aborted && signal.reason instanceof StopRequest ? signal.reason.exitCode : undefined;
    if (signal.aborted && stopped === undefined) throw signal.reason;
    if (stopped === undefined && nothingThere(summary)) {
      throw new Failure('archive.none_found', 'no archives found', {
        hint: 'check the prefix; archives are recognized by their extension',
      });
    }
    const { too_large: tooLarge, not_reached: notReached, in_parts: inParts } = summary;
    if (stopped === undefined && summary.archives_total + inParts === 0 && tooLarge + notReached > 0) {
      throw new Failure(
        'check.nothing_checked',
        `none of ${counted(tooLarge + notReached, 'archive')} was checked`,
        {
          hint: 'increase --max-bytes or --max-duration: every due archive exceeds the limits of the run',
        },
      );
    }
    const exitCode = stopped ?? (this.#brokenWorld ? 3 : summary.errors > 0 ? 1 : 0);
    const isPartial = exitCode === 0 && tooLarge + notReached + inParts > 0;
    return { status: isPartial ? 'partial' : statusOfExit(exitCode), exitCode, summary };
  }

  #leave(archive: ArchiveRef, by: 'bytes' | 'duration' | undefined): void {
    this.#summary.not_reached += 1;
    this.#summary.stopped_by ??= by ?? null;
    this.#ports.emit({ type: 'left', subjects: [archive.store.urlOf(archive.key)] });
  }

  #setAside(archive: DueArchive, fit: Exclude<Fit, 'fits'>): void {
    if (fit === 'later') this.#leave(archive, 'duration');
    else this.#doesNotFit(archive, this.#time.explain(archive.sizeBytes ?? 0));
  }

  #doesNotFit(archive: DueArchive, reason: string): void {
    if (this.#large === undefined) this.#nameTooLarge(archive, reason);
    else this.#large.add({ archive, sizeBytes: archive.sizeBytes ?? 0, reason });
  }

  #nameTooLarge(archive: ArchiveRef, message: string): void {
    this.#summary.too_large += 1;
    const subject = archive.store.urlOf(archive.key);
    this.#ports.emit({ type: 'left', subjects: [subject] });
    this.#found({ code: 'check.too_large', severity: 'warning', subject, message });
  }

  #count(checked: CheckedOne): void {
    const summary = this.#summary;
    if (checked.listing === 'same') summary.listings_same += 1;
    else if (checked.listing === 'differs') summary.listings_differ += 1;
    else summary.listings_absent += 1;
    const indexes = {
      same: 'indexes_same',
      differs: 'indexes_differ',
      absent: 'indexes_absent',
      stale: 'indexes_stale',
      corrupt: 'indexes_corrupt',
    } as const;
    summary[indexes[checked.index]] += 1;
  }

  #found(finding: Finding): void {
    if (finding.severity === 'error') this.#summary.errors += 1;
    this.#ports.emit({ type: 'finding', finding });
  }
}

function nothingThere(summary: CheckSummary): boolean {
  const { archives_total, not_due, too_large, not_reached, in_parts } = summary;
  return archives_total + not_due + too_large + not_reached + in_parts === 0;
}
