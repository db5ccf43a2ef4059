import { defineConfig } from 'vitest/config';
import { COMMON } from './test/support/projects.js';

/** The tests of the decision tables that `npm run mutation` changes: pure ones, so that thousands of runs are affordable. */
export default defineConfig({
  test: {
    ...COMMON,
    include: [
      'test/core/glob-set.test.ts',
      'test/core/future-date.test.ts',
      'test/jobs/recovery/decision.test.ts',
      'test/jobs/recovery/decision-details.test.ts',
      'test/jobs/checksums/decide.test.ts',
      'test/jobs/checksums/decide-details.test.ts',
      'test/jobs/listings/judge.test.ts',
      'test/jobs/listings/threshold.test.ts',
      'test/registry/undo-plan.test.ts',
      'test/health/watchdog.test.ts',
      'test/cli/qualifying.test.ts',
    ],
  },
});
