import { combineExitCodes, type ExitCode, type Failure } from '../../../core/failure.js';
import { type JobOutcome, statusOfExit } from '../../../core/outcome.js';
import type { ChecksumOptions } from '../options.js';
import { type Counts, errorRows } from '../report/summary.js';
import type { Stopper } from './stopper.js';

/** How a checksum run ended. `failure`: why it could not be completed, after rows were processed. */
export interface ChecksumOutcome<Summary> extends JobOutcome<Summary> {
  failure?: Failure;
}

/** The values that determine the exit code. */
export interface Verdict {
  /** Open drift, including that of this run. */
  drift: number;
  errors: number;
  lost: number;
  /** Rows that were skipped because their id is not unique. */
  notUnique: number;
}

/**
 * 1 for more drift or errors than allowed, for any lost file that no person has marked as lost, and for any skipped
 * row.
 */
export function exitOfFindings(
  verdict: Verdict,
  options: Pick<ChecksumOptions, 'maxDrift' | 'maxErrors'>,
): 0 | 1 {
  const tooMuch = verdict.drift > options.maxDrift || verdict.errors > options.maxErrors;
  return tooMuch || verdict.lost > 0 || verdict.notUnique > 0 ? 1 : 0;
}

export function outcomeOf<Summary extends Counts>(
  summary: Summary,
  { directories, ...verdict }: Omit<Verdict, 'errors'> & { directories: number },
  options: ChecksumOptions,
  stopper: Stopper,
): ChecksumOutcome<Summary> {
  const codes: ExitCode[] = [
    exitOfFindings({ ...verdict, errors: errorRows(summary) - directories }, options),
  ];
  if (stopper.failure) codes.push(stopper.failure.exitCode);
  if (stopper.request) codes.push(stopper.request.exitCode);
  const exitCode = combineExitCodes(codes);
  const partial = stopper.stoppedBy === 'window' || stopper.stoppedBy === 'limit';
  return {
    status: statusOfExit(exitCode, partial),
    exitCode,
    summary,
    ...(stopper.failure ? { failure: stopper.failure } : {}),
  };
}
