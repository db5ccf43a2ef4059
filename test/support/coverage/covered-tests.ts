/**
 * The tests that `.ci/run` runs with coverage: those of the rooms that need no PostgreSQL, and some of the command line,
 * in processes of its own. Coverage makes a process slower by half, so the others, which start hundreds of processes and
 * kill them, run without it there; `npm run coverage` runs all tests with it.
 */
export const COVERED: readonly string[] = [
  'test/*.test.ts',
  'test/{archive,core,decompress,events,files,health,integration,inventory,objectstore}/**/*.test.ts',
  'test/jobs/listings/**/*.test.ts',
  'test/cli/{help,show-texts,usage,verbose}.test.ts',
];
