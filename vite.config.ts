import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

/** Builds the dashboard's pages into the package: who installs salvor has no build step. */
export default defineConfig({
  root: 'src/dashboard/pages',
  // The tooltips of the pages are the glossary of the documentation.
  define: { GLOSSARY: JSON.stringify(readFileSync('docs/glossary.md', 'utf8')) },
  // The pages run on JSX without a plugin.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../../dist/dashboard/pages',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the pages forbids inline scripts and data: urls.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
    reportCompressedSize: false,
  },
});
