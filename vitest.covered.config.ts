import { defineConfig } from 'vitest/config';
import { COVERED } from './test/support/coverage/covered-tests.js';
import base from './vitest.config.js';

/** The tests that `.ci/run` runs with coverage and its gate. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: [...COVERED], coverage: { ...base.test?.coverage, enabled: true } },
});
