import type { ExitCode } from './failure.js';

/** How a run ended, as `--json` and `salvor.runs` say it. */
export type RunStatus = 'ok' | 'partial' | 'findings' | 'incomplete' | 'interrupted';

/** What a job hands back to whoever ran it: plain data, nothing printed, nothing thrown for what a file did. */
export interface JobOutcome<Summary> {
  status: RunStatus;
  exitCode: ExitCode;
  summary: Summary;
}

/** The one mapping between an exit code and the word for it; `partial` is an `ok` that its window or limit stopped. */
export function statusOfExit(code: ExitCode, partial = false): RunStatus {
  if (code === 0) return partial ? 'partial' : 'ok';
  if (code === 1) return 'findings';
  if (code === 130 || code === 143) return 'interrupted';
  return 'incomplete';
}
