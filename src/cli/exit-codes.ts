import type { ExitCode } from '../core/failure.js';

/** The meaning of each exit code, for help, man pages and documentation. */
export const EXIT_CODES: Readonly<Record<ExitCode, string>> = {
  0: 'finished; no errors beyond the threshold',
  1: 'finished; errors beyond the threshold',
  2: 'wrong usage or configuration; nothing was touched',
  3: 'could not run or could not finish; no conclusions can be drawn',
  4: 'another run of this job on this scope holds the lock',
  130: 'stopped by SIGINT (Ctrl-C) at a safe point; run it again to resume',
  143: 'stopped by SIGTERM at a safe point; run it again to resume',
};
