import type { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import type { ChecksumPorts } from '../options.js';
import type { RowsRead } from '../report/conclude.js';
import type { RowReport } from '../report/results.js';
import { RowVerdict, reportOf } from '../report/row-report.js';
import type { Tally } from '../report/summary.js';
import type { Decision } from './decide.js';
import type { Finished } from './finished-row.js';

/** Why a row has the result `conflict`. */
type Conflict = Pick<Extract<Decision, { reason: string }>, 'reason' | 'code'>;

/** Counts and reports the final results of rows, for the run's totals and exit code. */
export class RowResults implements RowsRead {
  readonly #ports: Pick<ChecksumPorts, 'artifacts' | 'emit' | 'files' | 'residual'>;
  readonly #tally: Tally;
  /** What counts for the totals and the exit code. */
  readonly verdict = new RowVerdict();
  readonly #unrecorded: RowReport[] = [];
  #toldSideEffect = false;

  constructor(ports: Pick<ChecksumPorts, 'artifacts' | 'emit' | 'files' | 'residual'>, tally: Tally) {
    this.#ports = ports;
    this.#tally = tally;
  }

  /** Bytes read so far, whatever the result. */
  get bytes(): number {
    return this.#ports.files.bytesRead;
  }

  /** Rows whose result needed no commit, so that it is not recorded anywhere yet. */
  get unrecorded(): readonly RowReport[] {
    return this.#unrecorded;
  }

  /** The result was committed, or there was nothing to commit. */
  count(finished: Finished): RowReport {
    const report = reportOf(finished);
    this.verdict.count(report, this.#tally, this.#ports);
    return report;
  }

  /** The database refuses the row, and would refuse it again. */
  refused(finished: Finished, why: Failure): void {
    if (why.code !== 'row.side_effect') {
      this.conflict(finished, { code: 'row.refused', reason: why.message });
      return;
    }
    if (!this.#toldSideEffect) this.#ports.emit({ type: 'finding', finding: sideEffectOf(this.#ports, why) });
    this.#toldSideEffect = true;
    const reason = 'the row would have differed from what was written; the update was rolled back';
    this.conflict(finished, { code: 'row.side_effect', reason });
  }

  /** The row could not be written; what was decided about it does not count. */
  conflict({ row, attempt, now }: Finished, why: Conflict): void {
    const decision = { result: 'conflict', write: false, ...why } as const;
    this.#unrecorded.push(this.count({ row, attempt, now, decision }));
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
