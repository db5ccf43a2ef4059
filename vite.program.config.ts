import { rmSync } from 'node:fs';
import { defineConfig } from 'vite';

/**
 * Bundles the program and the threads and processes it starts, with every library that runs at start-up: loading a
 * thousand small modules takes longer than most commands work. Paths of the entries are those of the sources, so that
 * `dist/cli/main.js` is the program and `dist/files/hash-worker.js` the thread; what they share is in `dist/chunks`.
 */
export default defineConfig({
  plugins: [
    {
      name: 'no-old-chunks',
      buildStart: () => rmSync('dist/chunks', { recursive: true, force: true }),
    },
  ],
  publicDir: false,
  build: {
    ssr: true,
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node20',
    sourcemap: true,
    minify: false,
    reportCompressedSize: false,
    license: { fileName: 'chunks/licenses.md' },
    rolldownOptions: {
      input: {
        'cli/main': 'src/cli/main.ts',
        'cli/demo/demo-keeper': 'src/cli/demo/demo-keeper.ts',
        'files/hash-worker': 'src/files/hash-worker.ts',
        'files/second-thread-worker': 'src/files/second-thread-worker.ts',
        'exports/index-format': 'src/exports/index-format.ts',
        'exports/report-types': 'src/exports/report-types.ts',
      },
      output: {
        entryFileNames: '[name].js',
        // The guard must be there whatever else is missing, so it is not among the chunks.
        chunkFileNames: ({ name }) => (name === 'guard' ? 'cli/main-guard.js' : 'chunks/[name].js'),
      },
    },
  },
  ssr: {
    noExternal: true,
    // They carry binaries, and are there only where somebody installed them.
    external: ['@duckdb/node-api', '@duckdb/node-bindings', 'pg-native'],
  },
});
