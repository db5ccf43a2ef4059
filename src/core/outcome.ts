import type { ExitCode } from './failure.js';

/** The status of a run, as in `--json` and `salvor.runs`. */
export type RunStatus = 'ok' | 'partial' | 'findings' | 'incomplete' | 'interrupted';

/** The result of a job, as plain data: a job prints nothing, and throws nothing because of a bad file. */
export interface JobOutcome<Summary> {
  status: RunStatus;
  exitCode: ExitCode;
  summary: Summary;
}

/** Maps an exit code to the status of the run; `partial` is an `ok` run that was stopped by its window or limit. */
export function statusOfExit(code: ExitCode, partial = false): RunStatus {
  if (code === 0) return partial ? 'partial' : 'ok';
  if (code === 1) return 'findings';
  if (code === 130 || code === 143) return 'interrupted';
  return 'incomplete';
}
