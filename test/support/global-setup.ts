import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openEmbedded } from '../../src/registry/embedded/server.js';
import { ensureCurrentBuild } from './current-build.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the one PostgreSQL server of this test run is, or will be when the first test asks for it. */
    postgresDirectory: string;
  }
}

/**
 * Brings `dist` up to date, which the tests of the command line run. Keeps a place for the PostgreSQL server of
 * `test/support/postgres.ts`; stops and removes it at the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  ensureCurrentBuild();
  project.onTestsRerun(async () => ensureCurrentBuild());
  const base = await mkdtemp(join(tmpdir(), 'salvor-test-'));
  const directory = join(base, 'pg');
  project.provide('postgresDirectory', directory);
  return async () => {
    try {
      if (existsSync(join(directory, 'data', 'postmaster.pid')))
        await (await openEmbedded(directory)).close();
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  };
}
