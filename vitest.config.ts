import { defineConfig } from 'vitest/config';
import { projects } from './test/support/projects.js';
import { SlowFirst } from './test/support/slow-first.js';

export default defineConfig({
  test: {
    // Tests in `debian` need more programs than Node, tar and git: see vitest.debian.config.ts.
    projects: projects(['test/**/*.test.ts'], ['test/debian/**']),
    globalSetup: ['test/support/global-setup.ts'],
    // Many tests wait for servers, child processes and leases: with 4, two cores were idle a tenth of the time.
    maxWorkers: 6,
    sequence: { sequencer: SlowFirst },
    // `npm run coverage`. The pages run in a browser only, in test/debian.
    coverage: {
      provider: 'custom',
      customProviderModule: 'test/support/coverage/provider.ts',
      include: ['src/**/*.ts'],
      // `write-man` is a step of the build.
      exclude: ['src/dashboard/pages/**', 'src/cli/help/write-man.ts', '**/*.d.ts'],
      reporter: ['text-summary', 'json-summary', 'lcovonly'],
      // One failed test is no reason to run all of them again.
      reportOnFailure: true,
    },
  },
});
