import { combineExitCodes, type ExitCode, type Failure } from '../../../core/failure.js';
import { type JobOutcome, statusOfExit } from '../../../core/outcome.js';
import type { ChecksumOptions } from '../options.js';
import { type Counts, errorRows } from '../report/summary.js';
import type { Stopper } from './stopper.js';

/** How a run on checksums ended. `failure`: what kept it from its end, after rows had been worked on. */
export interface ChecksumOutcome<Summary> extends JobOutcome<Summary> {
  failure?: Failure;
}

/** What the exit code is made of. */
export interface Verdict {
  /** Open drift, that of this run included. */
  drift: number;
  errors: number;
  lost: number;
  /** Rows that were left alone because their id is not theirs alone. */
  notUnique: number;
}

/** 1 for more drift or errors than allowed, for any file that was lost without a person's word, and for any row left alone. */
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
