import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListPage, ListRange, ObjectInfo, StoreLister } from '../port.js';
import { errorCode, readEntries, storeFileFailure, walkObjects } from './walk.js';

/** The page size of S3. */
const PAGE_KEYS = 1000;

/**
 * A directory as a store: its regular files at any depth, with their relative paths as keys. Symbolic links are neither
 * followed nor listed. Its clock is that of this machine, and each directory read counts as a request.
 */
export class DirectoryLister implements StoreLister {
  readonly url: string;
  readonly prefix = '';
  protected readonly root: string;
  #requests = 0;

  constructor(place: { url: string; directory: string }) {
    this.url = place.url;
    this.root = place.directory;
  }

  get requests(): number {
    return this.#requests;
  }

  urlOf(key: string): string {
    return this.url + key;
  }

  async *list(range: ListRange = {}): AsyncIterable<ListPage> {
    const within = { startAfter: range.startAfter, endAt: range.endAt, signal: range.signal };
    let keys: string[] = [];
    for await (const key of walkObjects(this.root, within, () => this.#countRequest())) {
      keys.push(key);
      if (keys.length < PAGE_KEYS) continue;
      yield await this.#page(keys);
      keys = [];
      range.signal?.throwIfAborted();
    }
    if (keys.length > 0) yield await this.#page(keys);
  }

  async children(
    prefix: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }> {
    signal?.throwIfAborted();
    this.#countRequest();
    const slash = prefix.lastIndexOf('/') + 1;
    const directory = prefix.slice(0, slash);
    const entries = await readEntries(join(this.root, directory), directory !== '');
    const below = entries
      .map(({ name, isDirectory }) => ({ key: directory + name, isDirectory }))
      .filter(({ key }) => key.startsWith(prefix));
    const shown = below.slice(0, limit);
    return {
      prefixes: shown.filter((entry) => entry.isDirectory).map((entry) => entry.key),
      keys: shown.filter((entry) => !entry.isDirectory).map((entry) => entry.key),
      truncated: below.length > limit,
    };
  }

  async lookUp(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    signal?.throwIfAborted();
    this.#countRequest();
    const segments = key.split('/');
    if (segments.some((segment) => ['', '.', '..'].includes(segment))) return undefined;
    // No key is below a symbolic link.
    for (let depth = 1; depth < segments.length; depth += 1) {
      if (!(await this.#isDirectory(join(this.root, ...segments.slice(0, depth))))) return undefined;
    }
    return this.#describe(key);
  }

  async #isDirectory(path: string): Promise<boolean> {
    try {
      return (await lstat(path)).isDirectory();
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
      throw storeFileFailure(error, path);
    }
  }

  #countRequest(): void {
    this.#requests += 1;
  }

  async #page(keys: readonly string[]): Promise<ListPage> {
    const infos = await Promise.all(keys.map((key) => this.#describe(key)));
    return { objects: infos.filter((info) => info !== undefined), serverTimeMs: Date.now() };
  }

  /** Undefined if the file was deleted or replaced by something else since its directory was read. */
  async #describe(key: string): Promise<ObjectInfo | undefined> {
    const path = join(this.root, key);
    try {
      const stats = await lstat(path, { bigint: true });
      return stats.isFile() ? infoOf(key, stats) : undefined;
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
      throw storeFileFailure(error, path);
    }
  }
}

/** The ETag consists of size and modification time, so another version of a file has another ETag. */
export function infoOf(key: string, stats: { size: bigint; mtimeNs: bigint; mtimeMs: bigint }): ObjectInfo {
  return {
    key,
    sizeBytes: Number(stats.size),
    lastModifiedMs: Number(stats.mtimeMs),
    etag: `${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}`,
  };
}
