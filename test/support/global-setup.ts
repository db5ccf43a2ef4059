import { existsSync, statfsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
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

/** Three times what the files of a run took at most. */
const ROOM_BYTES = 1024 ** 3;

/**
 * A file system in memory that has room for the files of a run: a third of the time on a disk is spent in the kernel on
 * creating and removing thousands of small ones.
 */
function inMemory(): string | undefined {
  const directory = '/dev/shm';
  if (!existsSync(directory) || process.availableMemory() < 4 * ROOM_BYTES) return undefined;
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < ROOM_BYTES ? undefined : directory;
}

/**
 * Brings `dist` up to date, which the tests of the command line run. Keeps a place for the PostgreSQL server of
 * `test/support/postgres.ts`, and a directory for the files of all tests; stops and removes them at the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  ensureCurrentBuild();
  project.onTestsRerun(async () => ensureCurrentBuild());
  const base = await mkdtemp(join(inMemory() ?? tmpdir(), 'salvor-'));
  const directory = join(base, 'pg');
  // As /tmp: some servers run as other users.
  await chmod(base, 0o1777);
  process.env.TMPDIR = base;
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
