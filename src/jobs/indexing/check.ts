import { createHash } from 'node:crypto';
import type { Decode } from '../../archive/read-archive.js';
import { Failure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { type JobOutcome, statusOfExit } from '../../core/outcome.js';
import { StopRequest } from '../../core/stop.js';
import type { Emit } from '../../events/event.js';
import type { StoreReader } from '../../objectstore/port.js';
import type { ArchiveRef } from './archive-ref.js';
import { checkOne } from './check-one.js';
import { listArchives } from './gaps.js';

/** Which share of many archives one run takes, so that all of them are checked once in every period. */
export interface Rotation {
  periodMs: number;
  /** How often the command is run. */
  everyMs: number;
}

export type CheckWork =
  | { kind: 'archives'; archives: readonly ArchiveRef[] }
  | { kind: 'prefixes'; stores: readonly StoreReader[]; rotation: Rotation | undefined };

export interface CheckPorts {
  decode: Decode;
  directory: string;
  isCanary(archive: ArchiveRef): boolean;
  nowMs: number;
  emit: Emit;
  signal: AbortSignal;
}

export interface CheckSummary {
  archives_total: number;
  /** Under the prefixes, and not due in this run. */
  not_due: number;
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
}

/** Compares listings and indexes with the content of their archives, each archive in one pass. */
export async function checkListings(work: CheckWork, ports: CheckPorts): Promise<JobOutcome<CheckSummary>> {
  const run = new CheckRun(ports);
  for await (const archive of run.due(work)) {
    if (ports.signal.aborted) break;
    await run.one(archive);
  }
  return run.outcome();
}

/**
 * Whether an archive is due in the run of this moment: its slot, given by the hash of its url, comes round once in a
 * period. No state is needed, and none can be lost; a run that was missed leaves its slot for the next period.
 */
export function isDue(url: string, nowMs: number, { periodMs, everyMs }: Rotation): boolean {
  const slots = Math.max(1, Math.floor(periodMs / everyMs));
  const slot = createHash('sha256').update(url).digest().readUInt32LE(0) % slots;
  return Math.floor(nowMs / everyMs) % slots === slot;
}

class CheckRun {
  private readonly summary: CheckSummary = {
    archives_total: 0,
    not_due: 0,
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
  };
  private brokenWorld = false;

  constructor(private readonly ports: CheckPorts) {}

  async *due(work: CheckWork): AsyncGenerator<ArchiveRef> {
    if (work.kind === 'archives') {
      yield* work.archives;
      return;
    }
    for (const store of work.stores) {
      for await (const { key } of listArchives(store, this.ports.signal)) {
        const archive = { store, key };
        if (this.ports.isCanary(archive)) continue;
        const due = work.rotation === undefined || isDue(store.urlOf(key), this.ports.nowMs, work.rotation);
        if (due) yield archive;
        else {
          this.summary.not_due += 1;
          this.ports.emit({ type: 'left', subjects: [store.urlOf(key)] });
        }
      }
    }
  }

  async one(archive: ArchiveRef): Promise<void> {
    const { summary, ports } = this;
    summary.archives_total += 1;
    try {
      const checked = await checkOne(archive, {
        decode: ports.decode,
        directory: ports.directory,
        signal: ports.signal,
        found: (finding) => this.found(finding),
        onBytes: (count) => {
          summary.bytes_read += count;
          ports.emit({ type: 'progress', unit: 'bytes', done: summary.bytes_read });
        },
      });
      summary.checked += 1;
      ports.emit({ type: 'examined', subjects: [archive.store.urlOf(archive.key)] });
      if (checked === undefined) {
        summary.damaged += 1;
        return;
      }
      summary.members += checked.members;
      this.count(checked);
    } catch (error) {
      if (ports.signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      this.brokenWorld = true;
      const subject = archive.store.urlOf(archive.key);
      this.found({ code: error.code, severity: 'error', subject, message: error.message });
    }
  }

  outcome(): JobOutcome<CheckSummary> {
    const { summary } = this;
    const { signal } = this.ports;
    const stopped =
      signal.aborted && signal.reason instanceof StopRequest ? signal.reason.exitCode : undefined;
    if (signal.aborted && stopped === undefined) throw signal.reason;
    if (stopped === undefined && summary.archives_total + summary.not_due === 0) {
      throw new Failure('archive.none_found', 'there is no archive where some were expected', {
        hint: 'check the prefix; archives are found by their extension',
      });
    }
    const exitCode = stopped ?? (this.brokenWorld ? 3 : summary.errors > 0 ? 1 : 0);
    return { status: statusOfExit(exitCode), exitCode, summary };
  }

  private count(checked: NonNullable<Awaited<ReturnType<typeof checkOne>>>): void {
    const { summary } = this;
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

  private found(finding: Finding): void {
    if (finding.severity === 'error') this.summary.errors += 1;
    this.ports.emit({ type: 'finding', finding });
  }
}
