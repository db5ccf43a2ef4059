import { defineConfig } from 'vitest/config';
import { projects } from './test/support/projects.js';
import base from './vitest.config.js';

/** The tests that need programs beyond Node, tar and git; `.ci/run` installs them. */
export default defineConfig({
  test: { ...base.test, projects: projects(['test/debian/**/*.test.ts']) },
});
