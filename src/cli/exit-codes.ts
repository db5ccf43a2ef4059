/** Stands in every --help. */
export const EXIT_CODES_HELP = `
Exit codes:
  0        ran to the end of what it was asked; nothing wrong beyond a threshold
  1        ran to the end; findings of severity error beyond a threshold
  2        wrong usage or configuration; nothing was touched
  3        could not run, or could not finish
  4        another run of this job on this scope holds the lock
  130/143  stopped by a signal at a safe point; running it again resumes
  Anything else is a failure too.`;
