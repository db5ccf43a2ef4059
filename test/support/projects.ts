import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import type { InlineConfig } from 'vitest/node';

const root = resolve(import.meta.dirname, '../..');

/** Text of a file that puts something else in the place of a module, for itself and for all that import it later. */
const REPLACES_MODULES = /\bvi\.(?:mock|doMock|hoisted|resetModules)\(/;

/** What holds for every test file. */
export const COMMON = {
  setupFiles: ['test/support/process-state.ts'],
  // Only a guard against what hangs: no test may pass or fail by the speed of the machine.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 120_000, interval: 20 } },
  // The built program, which tests run in their own process: as it is, not transformed.
  server: { deps: { external: [/\/dist\//] } },
  pool: 'forks',
  restoreMocks: true,
} satisfies InlineConfig;

/**
 * The test files that match, as two projects. Files of the first share a process with others, which saves loading the
 * sources for each of them: most of what the suite cost. Those that replace modules have a process of their own.
 */
export function projects(patterns: string[], ignore: string[] = []): TestProjectInlineConfiguration[] {
  const files = globSync(patterns, { cwd: root, ignore }).sort();
  const alone = files.filter((file) => REPLACES_MODULES.test(readFileSync(join(root, file), 'utf8')));
  return [
    { test: { ...COMMON, name: 'alone', isolate: true, include: alone } },
    {
      test: {
        ...COMMON,
        name: 'together',
        isolate: false,
        include: patterns,
        exclude: [...ignore, ...alone],
      },
    },
  ];
}
