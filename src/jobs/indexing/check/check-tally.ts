import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { type JobOutcome, statusOfExit } from '../../../core/outcome.js';
import { counted } from '../../../core/pluralize.js';
import { StopRequest } from '../../../core/stop.js';
import type { Emit } from '../../../events/event.js';
import type { ArchiveRef } from '../archive-ref.js';
import type { CheckedOne } from './check-one.js';

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

/** What happens to each archive of a run: counts and reports it, and decides how the run ends. */
export class CheckTally {
  readonly summary: CheckSummary = {
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
  /** Whether an archive could not be read at all. */
  #brokenWorld = false;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;

  constructor(emit: Emit, signal: AbortSignal) {
    this.#emit = emit;
    this.#signal = signal;
  }

  /** `undefined` for an archive that is damaged. */
  examined(archive: ArchiveRef, checked: CheckedOne | undefined): void {
    const summary = this.summary;
    summary.checked += 1;
    this.#emit({ type: 'examined', subjects: [archive.store.urlOf(archive.key)] });
    if (checked === undefined) {
      summary.damaged += 1;
      return;
    }
    summary.members += checked.members;
    this.#count(checked);
  }

  /** One archive that cannot be read does not end the run. */
  failed(archive: ArchiveRef, error: unknown): void {
    if (this.#signal.aborted) return;
    if (!(error instanceof Failure)) throw error;
    this.#brokenWorld = true;
    const subject = archive.store.urlOf(archive.key);
    this.found({ code: error.code, severity: 'error', subject, message: error.message });
  }

  read(count: number): void {
    this.summary.bytes_read += count;
    this.#emit({ type: 'progress', unit: 'bytes', done: this.summary.bytes_read });
  }

  /** Leaves a due archive to another run. */
  leave(archive: ArchiveRef, by: 'bytes' | 'duration' | undefined): void {
    this.summary.not_reached += 1;
    this.summary.stopped_by ??= by ?? null;
    this.#emit({ type: 'left', subjects: [archive.store.urlOf(archive.key)] });
  }

  /** A run has read a part of the archive; later ones read the rest. */
  readPart(archive: ArchiveRef, stoppedBy: 'bytes' | 'duration'): void {
    this.summary.in_parts += 1;
    this.summary.stopped_by ??= stoppedBy;
    this.#emit({ type: 'left', subjects: [archive.store.urlOf(archive.key)] });
  }

  /** An archive that is not due in this run. */
  notDue(url: string): void {
    this.summary.not_due += 1;
    this.#emit({ type: 'left', subjects: [url] });
  }

  nameTooLarge(archive: ArchiveRef, message: string): void {
    this.summary.too_large += 1;
    const subject = archive.store.urlOf(archive.key);
    this.#emit({ type: 'left', subjects: [subject] });
    this.found({ code: 'check.too_large', severity: 'warning', subject, message });
  }

  /** @throws Failure if there was no archive, or none that fits into a run */
  outcome(): JobOutcome<CheckSummary> {
    const summary = this.summary;
    const signal = this.#signal;
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

  #count(checked: CheckedOne): void {
    const summary = this.summary;
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

  found(finding: Finding): void {
    if (finding.severity === 'error') this.summary.errors += 1;
    this.#emit({ type: 'finding', finding });
  }
}

function nothingThere(summary: CheckSummary): boolean {
  const { archives_total, not_due, too_large, not_reached, in_parts } = summary;
  return archives_total + not_due + too_large + not_reached + in_parts === 0;
}
