import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { encodeName } from '../../archive/names.js';
import { Failure } from '../../core/failure.js';
import type { StoreWriter } from '../../objectstore/port.js';
import { undefinedIfAbsent } from './absent-object.js';
import { INDEX_SUFFIX, LISTING_SUFFIX } from './archive-ref.js';

/** Where the listing and index of an archive are written, and which of them exist. */
export interface Placement {
  /** The directory for drafts. */
  readonly draftDirectory: string;
  /** The sizes of existing siblings; undefined if a sibling does not exist. */
  existing(): Promise<Existing>;
  /** Moves a finished draft to its destination, atomically. */
  place(sibling: 'listing' | 'index', draftPath: string, replace: boolean): Promise<void>;
}

/** The sizes of an archive's siblings; undefined if a sibling does not exist. */
export interface Existing {
  listing: number | undefined;
  index: number | undefined;
}

/** Writes siblings to a local directory. Never replaces files, whatever `replace` says. */
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

/** Writes siblings next to the archive, in its own store. */
export class StorePlacement implements Placement {
  readonly draftDirectory = tmpdir();
  readonly #store: StoreWriter;
  readonly #key: string;
  /** The siblings that a listing of the store already reported. */
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
    const info = await this.#store.head(`${this.#key}${suffix}`).catch(undefinedIfAbsent);
    return info?.sizeBytes;
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/**
 * Gives a finished file its final name and never replaces a file: uses `link`, because `rename` would replace. Syncs
 * the directory so that the name survives a crash.
 * @throws Failure with `existsCode`
 */
export function linkNew(draftPath: string, path: string, existsCode: string): void {
  try {
    linkOrCopy(draftPath, path);
  } catch (error) {
    if (isCode(error, 'EEXIST')) {
      throw new Failure(existsCode, `${basename(path)} already exists in ${dirname(path)}`, {
        hint: 'existing files are never replaced: choose another directory',
        exitCode: 1,
      });
    }
    throw error;
  }
  syncDirectory(dirname(path));
}

/** A path for system calls. A path that is not valid UTF-8 must be passed as bytes. */
export function onDisk(path: string): string | Buffer {
  return /\p{Cs}/u.test(path) ? Buffer.from(encodeName(path)) : path;
}

/** Copies if linking fails: even one directory tree may span file systems or lack hard links. */
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
