import { deadLetter, deadLetters } from '../../../core/dead-letter.js';
import type { Failure } from '../../../core/failure.js';
import type { EndedUnit } from '../../../queue/port.js';
import type { ChecksumPorts } from '../options.js';
import type { RowsRead } from '../report/conclude.js';
import type { RowReport } from '../report/results.js';
import { RowVerdict } from '../report/row-report.js';
import type { Tally } from '../report/summary.js';
import type { UnitResult } from './process-unit.js';
import type { SetAside } from './set-aside.js';

/** What a worker records: the rows of one transaction, and the number of the attempt. */
export interface RecordedRows {
  attempt: number;
  rows: RowReport[];
}

/** Adds up the results of units, so that the totals equal those of a run on one machine. */
export class UnitResults implements RowsRead {
  readonly #tally: Tally;
  readonly #ports: Pick<ChecksumPorts, 'emit' | 'residual'>;
  readonly #retryCommand: string;
  readonly #aside: SetAside;
  /** What counts for the totals and the exit code. */
  readonly verdict = new RowVerdict();
  #bytes = 0;
  #skipped = 0;
  #dead = 0;
  #units = 0;

  constructor(
    tally: Tally,
    ports: Pick<ChecksumPorts, 'emit' | 'residual'> & { retryCommand: string },
    aside: SetAside,
  ) {
    this.#tally = tally;
    this.#ports = ports;
    this.#retryCommand = ports.retryCommand;
    this.#aside = aside;
  }

  /** Ended units. */
  get units(): number {
    return this.#units;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Rows that were handed out but no longer had a digest, or were deleted, when they were processed. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Why the run could not be completed; set if units were abandoned. */
  get failure(): Failure | undefined {
    return this.#dead === 0 ? undefined : deadLetters(this.#dead, this.#retryCommand);
  }

  /** Bytes read of files that this run did not finish, from the workers that saved their progress. */
  addParts(parts: readonly { type: string | null; bytes: number }[]): void {
    for (const { type, bytes } of parts) {
      this.#tally.partial(type);
      this.#bytes += bytes;
    }
  }

  add(unit: EndedUnit): void {
    this.#units += 1;
    const recorded = unit.reports as RecordedRows[];
    for (const { rows } of recorded) for (const row of rows) this.#count(row);
    const result = unit.state === 'done' ? (unit.result as UnitResult) : undefined;
    // The last attempt reports all that it read; of earlier attempts only what they recorded counts.
    const other = recorded.filter(({ attempt }) => result === undefined || attempt < unit.attempts);
    this.#bytes += other.flatMap(({ rows }) => rows).reduce((sum, { bytes }) => sum + bytes, 0);
    if (result !== undefined) this.#addResult(result);
    if (unit.state === 'dead') this.#bury(unit);
  }

  #addResult({ found_done, id_not_unique, rows, bytes, skipped, set_aside, unfinished }: UnitResult): void {
    this.#bytes += bytes;
    this.#skipped += skipped;
    for (const row of set_aside) this.#aside.add(row);
    this.#aside.isIncomplete ||= unfinished;
    for (const row of rows) this.#count(row);
    for (const [type, count] of Object.entries(found_done)) {
      for (let i = 0; i < count; i += 1) this.#tally.foundDone(type);
    }
    for (const [type, count] of Object.entries(id_not_unique)) {
      for (let i = 0; i < count; i += 1) this.#tally.result(type, 'id_not_unique');
    }
  }

  #count(row: RowReport): void {
    this.verdict.count(row, this.#tally, this.#ports);
    // The drift warning. On one machine the pipeline that read the file emits it.
    const [finding] = row.findings;
    if (row.result === 'drift' && finding) {
      this.#ports.emit({ type: 'note', level: 'warning', message: finding.message });
    }
  }

  #bury(unit: EndedUnit): void {
    this.#dead += 1;
    this.#ports.emit({ type: 'finding', finding: deadLetter(unit, this.#retryCommand) });
  }
}
