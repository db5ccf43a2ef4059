import { defineConfig } from 'vitest/config';
import { COVERED } from './test/support/coverage/covered-tests.js';
import base from './vitest.config.js';

/** All other tests: those that start and kill hundreds of processes, which coverage would slow down. */
export default defineConfig({
  ...base,
  test: { ...base.test, exclude: [...(base.test?.exclude ?? []), ...COVERED] },
});
