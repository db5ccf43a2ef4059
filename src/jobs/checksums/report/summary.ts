import { Failure } from '../../../core/failure.js';
import type { PartialProgressSummary } from './partial-progress.js';
import { ERROR_RESULTS, RESULTS, type Result } from './results.js';

/** Why a run ended early. */
export type StoppedBy = 'limit' | 'window' | 'signal' | null;

/** Counted per type and in total. */
export interface Counts {
  rows_scanned: number;
  rows_updated: number;
  rows_unchanged: number;
  drift_events: number;
  rows_no_file: number;
  rows_lost: number;
  rows_outside_root: number;
  rows_not_regular: number;
  /** Rows whose path does not point below a root: a URL, a Windows path, a network share. */
  rows_elsewhere: number;
  rows_pointer: number;
  rows_unreadable: number;
  rows_unstable: number;
  rows_conflict: number;
  rows_bad_metadata: number;
  /** Rows with no id, or with an id that other rows have too. They are skipped. */
  rows_id_not_unique: number;
  rows_already_done: number;
  /** Of the remaining rows, those whose file was partly read; the next run continues with it. */
  rows_partial: number;
  /** Not done and not reached by this run. */
  rows_remaining: number;
}

export interface BackfillSummary extends Counts {
  drift_open: number;
  bytes_hashed: number;
  elapsed_ms: number;
  stopped_by: StoppedBy;
  by_type: Record<string, Counts>;
  /** With a read-only registry: the script with the changes, which a person still has to run. */
  script?: string;
  /** Files that take more than one run and are not finished; absent if there are none. */
  partial_progress?: PartialProgressSummary;
}

export interface ScrubSummary extends BackfillSummary {
  /** When the least recently verified file was verified. */
  oldest_unverified_at: string | null;
  /** Rows with a path that were never hashed; `checksums backfill` hashes them. */
  rows_never_verified: number;
  period_met: boolean;
}

/** The name in `by_type` for rows without a type. */
const NO_TYPE = '(none)';

const COUNTED: Readonly<Record<Result, keyof Counts>> = {
  updated: 'rows_updated',
  unchanged: 'rows_unchanged',
  drift: 'drift_events',
  no_file: 'rows_no_file',
  lost: 'rows_lost',
  outside_root: 'rows_outside_root',
  not_regular: 'rows_not_regular',
  elsewhere: 'rows_elsewhere',
  pointer: 'rows_pointer',
  unreadable: 'rows_unreadable',
  unstable: 'rows_unstable',
  conflict: 'rows_conflict',
  bad_metadata: 'rows_bad_metadata',
  id_not_unique: 'rows_id_not_unique',
};

/** Counts in total and per type, so that the parts always add up. */
export class Tally {
  readonly #total = zero();
  readonly #byType = new Map<string, Counts>();

  get total(): Readonly<Counts> {
    return this.#total;
  }

  /** Rows to read: they count as remaining until they have a result. */
  expect(type: string | null, rows: number): void {
    this.#add(type, 'rows_remaining', rows);
  }

  alreadyDone(type: string | null, rows: number): void {
    this.#add(type, 'rows_already_done', rows);
  }

  /** A row that was expected to be read but turned out to be done. */
  foundDone(type: string | null): void {
    this.#reach(type);
    this.alreadyDone(type, 1);
  }

  /** A row that was expected to be read but was deleted in the meantime. */
  gone(type: string | null): void {
    this.#reach(type);
  }

  result(type: string | null, result: Result): void {
    this.#reach(type);
    this.#add(type, 'rows_scanned', 1);
    this.#add(type, COUNTED[result], 1);
  }

  /** A part of the row's file was read and the progress saved. */
  partial(type: string | null): void {
    this.#add(type, 'rows_partial', 1);
  }

  /** The run is complete: rows that were counted at the start and have since disappeared do not remain. */
  nothingRemains(): void {
    for (const counts of [this.#total, ...this.#byType.values()]) counts.rows_remaining = 0;
  }

  byType(): Record<string, Counts> {
    return Object.fromEntries([...this.#byType].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #reach(type: string | null): void {
    const counts = this.#of(type);
    if (counts.rows_remaining > 0) {
      counts.rows_remaining -= 1;
      this.#total.rows_remaining -= 1;
    }
  }

  #add(type: string | null, field: keyof Counts, rows: number): void {
    this.#total[field] += rows;
    this.#of(type)[field] += rows;
  }

  #of(type: string | null): Counts {
    const name = type ?? NO_TYPE;
    const counts = this.#byType.get(name) ?? zero();
    this.#byType.set(name, counts);
    return counts;
  }
}

/** Rows that count against `--max-errors`. */
export function errorRows(counts: Counts): number {
  return ERROR_RESULTS.reduce((sum, result) => sum + counts[COUNTED[result]], 0);
}

/** Checks that every scanned row has exactly one result, in total and per type. @throws Failure `run.accounting` */
export function requireAccounted(summary: Counts & { by_type: Record<string, Counts> }): void {
  for (const [name, counts] of [['all', summary] as const, ...Object.entries(summary.by_type)]) {
    const results = RESULTS.reduce((sum, result) => sum + counts[COUNTED[result]], 0);
    if (results !== counts.rows_scanned) {
      throw new Failure(
        'run.accounting',
        `the results of ${name} add up to ${results}, not to ${counts.rows_scanned}`,
        { hint: 'report this as a bug, with the summary' },
      );
    }
  }
}

function zero(): Counts {
  return {
    rows_scanned: 0,
    rows_updated: 0,
    rows_unchanged: 0,
    drift_events: 0,
    rows_no_file: 0,
    rows_lost: 0,
    rows_outside_root: 0,
    rows_not_regular: 0,
    rows_elsewhere: 0,
    rows_pointer: 0,
    rows_unreadable: 0,
    rows_unstable: 0,
    rows_conflict: 0,
    rows_bad_metadata: 0,
    rows_id_not_unique: 0,
    rows_already_done: 0,
    rows_partial: 0,
    rows_remaining: 0,
  };
}
