import type { Version } from './history.js';

/** At most this many versions of wanted paths; with more, the search counts as incomplete. */
const MAX_VERSIONS = 100_000;
/** At most this many versions per path: reading all of them would not help. */
const MAX_VERSIONS_OF_A_PATH = 1000;

/** At most this many hints: no one would review more. */
const MAX_HINTS = 100_000;

/** The versions of each path, newest first, without duplicate contents. */
export class VersionsByPath {
  leftOut = 0;
  /** The newest versions of similar names, by path. Only their sizes are read. */
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
