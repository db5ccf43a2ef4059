import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { mergeProcessCovs, type ProcessCov } from '@bcoe/v8-coverage';
import convert from 'ast-v8-to-istanbul';
import type { CoverageMap } from 'istanbul-lib-coverage';
import { parseAstAsync } from 'vite';

const root = resolve(import.meta.dirname, '../../..');
const dist = pathToFileURL(join(root, 'dist/')).href;

/** Where processes and threads of the built program write what they ran, as `NODE_V8_COVERAGE`. */
export const PROGRAM_COVERAGE = join(root, 'coverage', '.program');

/** What the built program ran, in all its processes and threads, mapped back to the sources. */
export class ProgramCoverage {
  readonly #directory: string;
  #merged: ProcessCov = { result: [] };

  constructor(directory = PROGRAM_COVERAGE) {
    this.#directory = directory;
  }

  /** Adds up the files that are complete, and removes them: each has the source maps of all that its process loaded. */
  collect(): void {
    const found = readdirSync(this.#directory).flatMap((name) => {
      const file = join(this.#directory, name);
      const scripts = distScripts(readFileSync(file, 'utf8'));
      // A process is still writing it.
      if (scripts === undefined) return [];
      rmSync(file);
      return [scripts];
    });
    if (found.length > 0) this.#merged = mergeProcessCovs([this.#merged, ...found]);
  }

  /** Adds it to the map, by source file, as far as `isWanted`: the bundle also has libraries. */
  async addTo(map: CoverageMap, isWanted: (file: string) => boolean): Promise<void> {
    for (const { url, functions } of this.#merged.result) {
      const file = fileURLToPath(url);
      if (!existsSync(`${file}.map`)) continue;
      const code = readFileSync(file, 'utf8');
      const sourceMap = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
      if (!sourceMap.sources.some((source: string) => isWanted(resolve(file, '..', source)))) continue;
      map.merge(await convert({ code, sourceMap, ast: parseAstAsync(code), coverage: { url, functions } }));
    }
    map.filter(isWanted);
  }
}

/** Only what is of the program, without the source maps at the end; undefined for a file that is not complete. */
function distScripts(text: string): ProcessCov | undefined {
  if (!text.endsWith('}')) return undefined;
  // Node appends what it loaded as source maps, which are a hundred times the size of the rest.
  const end = text.lastIndexOf(',"timestamp":');
  try {
    const { result } = JSON.parse(end === -1 ? text : `${text.slice(0, end)}}`) as ProcessCov;
    return { result: result.filter(({ url }) => url.startsWith(dist)) };
  } catch {
    return undefined;
  }
}
