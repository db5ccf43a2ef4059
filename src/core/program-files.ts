/**
 * Where the files of the program are, wherever this module ended up: compiled on its own it is in `dist/core`, bundled in
 * `dist/chunks` or in an entry one folder below `dist`. Run from its source, as tests do, it means the last build.
 */
const DIST = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/', import.meta.url)
  : new URL('../', import.meta.url);

/** A script or folder of the program that is loaded by its path: `programFile('cli/main.js')`. */
export function programFile(path: string): URL {
  return new URL(path, DIST);
}

/** The `package.json` that the program was installed with. */
export const PACKAGE_JSON: URL = new URL('../package.json', DIST);
