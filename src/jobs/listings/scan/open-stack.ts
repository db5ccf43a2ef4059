import type { ObjectInfo } from '../../../objectstore/port.js';

/** An archive that was listed and whose siblings may still come. */
export interface OpenArchive {
  readonly object: ObjectInfo;
  readonly canary: boolean;
  listing: ObjectInfo | undefined;
  index: ObjectInfo | undefined;
}

/**
 * The archives that may still get a sibling. A sibling's key begins with its archive's key, and in byte order
 * everything that begins with one string comes in one run: so as soon as a key comes that does not begin with an
 * archive's key, that archive has all the siblings that it will ever have. Those still open each begin with the one
 * below them: there are at most as many as a key has characters, however many keys are listed.
 */
export class OpenStack {
  readonly #open: OpenArchive[] = [];

  /** Moves on to a key: hands over the archives that can get no more siblings. */
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

  /** The open archive of exactly this key. */
  find(archiveKey: string): OpenArchive | undefined {
    return this.#open.find(({ object }) => object.key === archiveKey);
  }

  /** Everything that is still open, and leaves the stack empty. */
  takeAll(): OpenArchive[] {
    return this.#open.splice(0);
  }
}
