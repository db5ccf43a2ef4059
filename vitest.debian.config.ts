import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** The tests that need programs beyond Node, tar and git; `.ci/run` installs them. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/debian/**/*.test.ts'], exclude: [] },
});
