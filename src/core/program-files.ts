/**
 * The `dist` directory, independent of where this module is: compiled separately it is in `dist/core`, bundled in
 * `dist/chunks` or in an entry one folder below `dist`. In tests, which run the sources, it is the last build.
 */
const DIST = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/', import.meta.url)
  : new URL('../', import.meta.url);

/** The URL of a script or folder of the program: `programFile('cli/main.js')`. */
export function programFile(path: string): URL {
  return new URL(path, DIST);
}

/** The `package.json` that the program was installed with. */
export const PACKAGE_JSON: URL = new URL('../package.json', DIST);
