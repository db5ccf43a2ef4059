/**
 * The tests that `.ci/run` runs with coverage: they reach nearly every room, in their own processes, in threads, and in
 * processes of the command line. The others start and kill processes by the hundred, which coverage would slow down by
 * half; `npm run coverage` runs all of them with it.
 */
export const COVERED: readonly string[] = [
  'test/*.test.ts',
  'test/{archive,core,decompress,events,files,health,integration,inventory}/**/*.test.ts',
  'test/{jobs,objectstore,queue,registry,sources}/**/*.test.ts',
  'test/cli/{help,listings-scopes,show-texts,terminal,usage,verbose}.test.ts',
];
