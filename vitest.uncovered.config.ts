import { defineConfig } from 'vitest/config';
import { COVERED } from './test/support/coverage/covered-tests.js';
import { projects } from './test/support/projects.js';
import base from './vitest.config.js';

/** All other tests of `npm test`. */
export default defineConfig({
  test: { ...base.test, projects: projects(['test/**/*.test.ts'], ['test/debian/**', ...COVERED]) },
});
