import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those need more programs than Node, tar and git: see vitest.debian.config.ts.
    exclude: ['test/debian/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // Only a guard against what hangs: no test may pass or fail by the speed of the machine.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000, interval: 20 } },
    // The built program, which tests run in their own process: as it is, not transformed.
    server: { deps: { external: [/\/dist\//] } },
    pool: 'forks',
    // Most tests wait for servers and child processes, not for the processor.
    maxWorkers: 4,
    restoreMocks: true,
    // `npm run coverage`. The pages run in a browser only, in test/debian.
    coverage: {
      provider: 'custom',
      customProviderModule: 'test/support/coverage/provider.ts',
      include: ['src/**/*.ts'],
      exclude: ['src/dashboard/pages/**', '**/*.d.ts'],
      reporter: ['text-summary', 'json-summary', 'lcovonly'],
    },
  },
});
