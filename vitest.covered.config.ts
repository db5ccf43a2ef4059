import { defineConfig } from 'vitest/config';
import { COVERED } from './test/support/coverage/covered-tests.js';
import { projects } from './test/support/projects.js';
import base from './vitest.config.js';

/** The tests that `.ci/run` runs with coverage and its gate. */
export default defineConfig({
  test: {
    ...base.test,
    projects: projects([...COVERED], ['test/debian/**']),
    coverage: { ...base.test?.coverage, enabled: true },
  },
});
