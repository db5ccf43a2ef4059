import { defineConfig } from 'vitest/config';
import { fastTests } from './test/support/fast-tests.js';
import { projects } from './test/support/projects.js';
import base from './vitest.config.js';

/** The tests that start no PostgreSQL, no S3 server and no process of the command line: `npm run test:fast`. */
export default defineConfig({
  test: { ...base.test, projects: projects(fastTests()) },
});
