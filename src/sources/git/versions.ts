import type { Version } from './history.js';

/** Versions of wanted paths beyond these are left out, and the source is no longer complete. */
const MAX_VERSIONS = 100_000;
/** Of one path: a file that changed a thousand times is not found by reading each. */
const MAX_VERSIONS_OF_A_PATH = 1000;

/** Hints beyond these are left out: nobody looks through them. */
const MAX_HINTS = 100_000;

/** The versions of each path, the newest first, each content once. */
export class VersionsByPath {
  leftOut = 0;
  /** Newest versions of names that are only similar, by path: not read, but for their sizes. */
  readonly hints = new Map<string, Version>();
  size = 0;
  readonly #byPath = new Map<string, Map<string, Version>>();

  add(version: Version): void {
    const versions = this.#byPath.get(version.path) ?? new Map<string, Version>();
    this.#byPath.set(version.path, versions);
    if (versions.has(version.blob)) return;
    if (versions.size >= MAX_VERSIONS_OF_A_PATH || this.size >= MAX_VERSIONS) {
      this.leftOut += 1;
      return;
    }
    versions.set(version.blob, version);
    this.size += 1;
  }

  addHint(version: Version): void {
    if (this.hints.size < MAX_HINTS && !this.hints.has(version.path)) this.hints.set(version.path, version);
  }

  *paths(): Generator<Version[]> {
    for (const versions of this.#byPath.values()) yield [...versions.values()];
  }
}
