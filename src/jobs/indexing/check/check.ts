import type { Decode } from '../../../archive/read-archive.js';
import type { JobOutcome } from '../../../core/outcome.js';
import { type Fit, ReadBudget } from '../../../core/read-budget.js';
import { formatSize } from '../../../core/sizes.js';
import type { Emit } from '../../../events/event.js';
import type { StoreReader } from '../../../objectstore/port.js';
import type { ArchiveParts } from '../../../registry/archive-parts-port.js';
import type { ArchiveRef } from '../archive-ref.js';
import { listArchives } from '../gaps.js';
import { checkInParts } from './check-in-parts.js';
import { checkOne } from './check-one.js';
import { type CheckSummary, CheckTally } from './check-tally.js';
import { type DueArchive, isDue, type Rotation, shuffled } from './due-archives.js';
import { type LargeArchive, LargeArchives } from './large-archives.js';

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
  return run.tally.outcome();
}

/** Thrown when the current archive does not fit into the time limit. */
class DoesNotFit extends Error {
  constructor(readonly fit: Exclude<Fit, 'fits'>) {
    super(fit);
  }
}

class CheckRun {
  readonly tally: CheckTally;
  readonly #budget: CheckBudget;
  readonly #time: ReadBudget;
  readonly #ports: CheckPorts;
  readonly #large: LargeArchives | undefined;

  private constructor(budget: CheckBudget, large: LargeArchives | undefined, ports: CheckPorts) {
    this.#budget = budget;
    this.#large = large;
    this.#ports = ports;
    this.tally = new CheckTally(ports.emit, ports.signal);
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
    return (this.#budget.maxBytes ?? Number.POSITIVE_INFINITY) - this.tally.summary.bytes_read;
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
      this.tally.leave(archive, 'bytes');
      return false;
    }
    if (this.#time.isOver) {
      this.tally.leave(archive, 'duration');
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
        else this.tally.notDue(url);
      }
      await this.#large?.forgetOthers(store.url, listed);
    }
  }

  async one(archive: DueArchive): Promise<void> {
    const { summary } = this.tally;
    const ports = this.#ports;
    summary.archives_total += 1;
    try {
      const checked = await checkOne(archive, {
        decode: ports.decode,
        directory: ports.directory,
        signal: ports.signal,
        found: (finding) => this.tally.found(finding),
        onBytes: (count) => {
          this.tally.read(count);
          const fit = this.#time.read(count);
          if (fit !== 'fits') throw new DoesNotFit(fit);
        },
      });
      this.tally.examined(archive, checked);
    } catch (error) {
      if (error instanceof DoesNotFit) {
        summary.archives_total -= 1;
        this.#setAside(archive, error.fit);
        return;
      }
      this.tally.failed(archive, error);
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
    for (const archive of (await this.#large?.leave()) ?? []) this.tally.leave(archive, this.#spent);
  }

  async #part({ archive, reason }: LargeArchive, parts: ArchiveParts): Promise<void> {
    const { directory, signal, monotonicMs } = this.#ports;
    try {
      const part = await checkInParts(archive, {
        ...{ directory, signal, parts, monotonicMs, maxBytes: this.#bytesLeft },
        found: (finding) => this.tally.found(finding),
        onBytes: (count) => this.tally.read(count),
        hasTime: () => !this.#time.isOver,
      });
      if (part.kind === 'impossible') {
        this.tally.nameTooLarge(archive, `${reason}; it cannot be read in parts, because ${part.reason}`);
      } else if (part.kind === 'finished') {
        this.tally.summary.archives_total += 1;
        this.tally.examined(archive, part.checked);
      } else {
        this.tally.readPart(archive, this.#time.isOver ? 'duration' : 'bytes');
      }
    } catch (error) {
      this.tally.summary.archives_total += 1;
      this.tally.failed(archive, error);
    }
  }

  #setAside(archive: DueArchive, fit: Exclude<Fit, 'fits'>): void {
    if (fit === 'later') this.tally.leave(archive, 'duration');
    else this.#doesNotFit(archive, this.#time.explain(archive.sizeBytes ?? 0));
  }

  #doesNotFit(archive: DueArchive, reason: string): void {
    if (this.#large === undefined) this.tally.nameTooLarge(archive, reason);
    else this.#large.add({ archive, sizeBytes: archive.sizeBytes ?? 0, reason });
  }
}
