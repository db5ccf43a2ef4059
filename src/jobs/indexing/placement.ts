import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { encodeName } from '../../archive/names.js';
import { Failure } from '../../core/failure.js';
import type { StoreWriter } from '../../objectstore/port.js';
import { INDEX_SUFFIX, LISTING_SUFFIX } from './archive-ref.js';

/** Where an archive's listing and index go, and which of them are there. */
export interface Placement {
  /** A directory in which drafts may be made. */
  readonly draftDirectory: string;
  /** Sizes of what stands there now; undefined where there is nothing. */
  existing(): Promise<Existing>;
  /** Puts a finished draft where it belongs; visible complete or not at all. */
  place(sibling: 'listing' | 'index', draftPath: string, replace: boolean): Promise<void>;
}

/** Sizes of an archive's siblings; undefined where there is none. */
export interface Existing {
  listing: number | undefined;
  index: number | undefined;
}

/** Puts siblings into a local directory; never replaces, whatever it is told. */
export class DirectoryPlacement implements Placement {
  readonly draftDirectory: string;
  readonly #paths: { listing: string; index: string };

  constructor(listingPath: string, indexPath: string) {
    this.#paths = { listing: listingPath, index: indexPath };
    this.draftDirectory = dirname(listingPath);
  }

  static in(directory: string, archiveName: string): DirectoryPlacement {
    const base = join(directory, archiveName);
    return new DirectoryPlacement(`${base}${LISTING_SUFFIX}`, `${base}${INDEX_SUFFIX}`);
  }

  async existing(): Promise<Existing> {
    return { listing: sizeOf(this.#paths.listing), index: sizeOf(this.#paths.index) };
  }

  async place(sibling: 'listing' | 'index', draftPath: string): Promise<void> {
    linkNew(draftPath, this.#paths[sibling], 'sibling.exists');
  }
}

/** Puts siblings beside the archive, in its own store. */
export class StorePlacement implements Placement {
  readonly draftDirectory = tmpdir();
  readonly #store: StoreWriter;
  readonly #key: string;
  /** What a listing of the store said already. */
  readonly #known: Existing | undefined;

  constructor(store: StoreWriter, key: string, known: Existing | undefined = undefined) {
    this.#store = store;
    this.#key = key;
    this.#known = known;
  }

  async existing(): Promise<Existing> {
    return (
      this.#known ?? { listing: await this.#sizeOf(LISTING_SUFFIX), index: await this.#sizeOf(INDEX_SUFFIX) }
    );
  }

  async place(sibling: 'listing' | 'index', draftPath: string, replace: boolean): Promise<void> {
    const suffix = sibling === 'listing' ? LISTING_SUFFIX : INDEX_SUFFIX;
    const contentType = sibling === 'listing' ? 'text/plain; charset=utf-8' : 'application/octet-stream';
    await this.#store.putFile(`${this.#key}${suffix}`, draftPath, { replace, contentType });
  }

  async #sizeOf(suffix: string): Promise<number | undefined> {
    try {
      return (await this.#store.head(`${this.#key}${suffix}`)).sizeBytes;
    } catch (error) {
      if (error instanceof Failure && error.code === 'store.not_found') return undefined;
      throw error;
    }
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/**
 * Gives a finished file its final name, without ever replacing one: `link`, because `rename` would. The directory
 * is synced, so that the name survives a crash.
 * @throws Failure with `existsCode`
 */
export function linkNew(draftPath: string, path: string, existsCode: string): void {
  try {
    linkOrCopy(draftPath, path);
  } catch (error) {
    if (isCode(error, 'EEXIST')) {
      throw new Failure(existsCode, `${basename(path)} exists already in ${dirname(path)}`, {
        hint: 'nothing existing is replaced: name another place',
        exitCode: 1,
      });
    }
    throw error;
  }
  syncDirectory(dirname(path));
}

/** A path as system calls take it: one that holds bytes which are not UTF-8 has to be given as bytes. */
export function onDisk(path: string): string | Buffer {
  return /\p{Cs}/u.test(path) ? Buffer.from(encodeName(path)) : path;
}

/** Draft and target lie in one directory tree, but that may still span file systems that know no hard links. */
function linkOrCopy(draftPath: string, name: string): void {
  const path = onDisk(name);
  try {
    linkSync(draftPath, path);
  } catch (error) {
    if (!['EPERM', 'EXDEV', 'ENOTSUP', 'EMLINK'].some((code) => isCode(error, code))) throw error;
    try {
      copyFileSync(draftPath, path, constants.COPYFILE_EXCL);
    } catch (copyError) {
      if (!isCode(copyError, 'EEXIST')) rmSync(path, { force: true });
      throw copyError;
    }
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(onDisk(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
