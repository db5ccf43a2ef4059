import type { ObjectInfo } from '../../../objectstore/port.js';

/** An archive that was listed and whose siblings may still follow. */
export interface OpenArchive {
  readonly object: ObjectInfo;
  readonly canary: boolean;
  listing: ObjectInfo | undefined;
  index: ObjectInfo | undefined;
}

/**
 * The archives that may still get a sibling. A sibling's key begins with its archive's key, and in byte order all keys
 * with the same prefix are contiguous. So the first key that does not begin with an archive's key closes that archive.
 * Each open archive's key begins with the key of the one below it, so there are at most as many as a key has
 * characters, however many keys are listed.
 */
export class OpenStack {
  readonly #open: OpenArchive[] = [];

  /** Advances to a key and returns the archives that can get no more siblings. */
  advance(key: string, closed: OpenArchive[]): void {
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      if (key.startsWith(top.object.key)) return;
      this.#open.pop();
      closed.push(top);
    }
  }

  push(object: ObjectInfo, canary: boolean): void {
    this.#open.push({ object, canary, listing: undefined, index: undefined });
  }

  /** The open archive with exactly this key. */
  find(archiveKey: string): OpenArchive | undefined {
    return this.#open.find(({ object }) => object.key === archiveKey);
  }

  /** Returns everything that is still open and empties the stack. */
  takeAll(): OpenArchive[] {
    return this.#open.splice(0);
  }
}
