import { defineConfig } from 'vitest/config';
import { fastTests } from './test/support/fast-tests.js';
import base from './vitest.config.js';

/** The tests that start no PostgreSQL, no S3 server and no process of the command line: `npm run test:fast`. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: fastTests() },
});
