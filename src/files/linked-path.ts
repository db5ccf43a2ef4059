import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { type Candidates, candidatesFor } from './candidate.js';
import type { LocateRequest, Root } from './port.js';

/** Resolves links in directories. Use one instance per call, because links may change. */
export class LinkedPaths {
  readonly #directories = new Map<string, Promise<string>>();
  readonly #roots: readonly Root[];
  readonly #realRoots: readonly Root[];

  constructor(roots: readonly Root[], realPaths: readonly (Uint8Array | undefined)[]) {
    this.#roots = roots;
    this.#realRoots = roots.map((root, i) => {
      const real = realPaths[i];
      return real === undefined ? root : { ...root, path: Buffer.from(real).toString() };
    });
  }

  /**
   * The places to look for a row's file. An absolute path that is not lexically in a root may still lead to one: if the
   * root is a link and the row has the real path, or vice versa. A path with `..` is not resolved.
   */
  async candidatesFor(request: LocateRequest): Promise<Candidates> {
    const written = candidatesFor(this.#roots, request);
    const { path } = request;
    if (written.kind === 'places' || !isAbsolute(path) || /(?:^|\/)\.\.(?:\/|$)|\0/.test(path))
      return written;
    const real = join(await this.#real(dirname(path)), basename(path));
    const found = candidatesFor(this.#realRoots, { ...request, path: real });
    return found.kind === 'places' ? found : written;
  }

  /** The real path of a directory, as far as it exists. */
  #real(directory: string): Promise<string> {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const real = realpath(directory).catch(async () => {
      const parent = dirname(directory);
      return parent === directory ? directory : join(await this.#real(parent), basename(directory));
    });
    this.#directories.set(directory, real);
    return real;
  }
}
