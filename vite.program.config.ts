import { rmSync } from 'node:fs';
import { defineConfig } from 'vite';

/**
 * The first lines of the program. Node cannot tell a closed stdout from /dev/null, because it opens the one in place of
 * the other before it runs anything; a shell can. To the shell the second line is a command that does nothing and then
 * those after it; to Node it is a string and a comment.
 */
const LAUNCHER = `#!/usr/bin/env sh
":" //; if { true 3>&1; } 2>&-; then SALVOR_STDOUT=open; else SALVOR_STDOUT=closed; fi; export SALVOR_STDOUT; exec node "$0" "$@"`;

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
    {
      // It finds out by making a `Response`, for which Node loads its whole HTTP client: 40 ms of every command.
      name: 'pg-is-not-in-a-cloudflare-worker',
      transform: (code, id) => {
        if (!id.endsWith('/pg/lib/stream.js')) return;
        const asks = 'if (isCloudflareRuntime()) {';
        if (!code.includes(asks)) throw new Error('pg chooses its streams in another way now');
        return { code: code.replace(asks, 'if (false) {'), map: null };
      },
    },
    {
      name: 'launcher',
      generateBundle: (_, bundle) => {
        const main = bundle['cli/main.js'];
        if (main?.type !== 'chunk') throw new Error('cli/main.js is not built any more');
        main.code = main.code.replace(/^#!.*/, LAUNCHER);
        if (!main.code.startsWith(LAUNCHER)) throw new Error('cli/main.js does not begin with #!');
      },
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
