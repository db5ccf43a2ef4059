import { constants, existsSync, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../../core/failure.js';
import { unsafe } from '../destination.js';
import { type AccessRules, directoryModeIn, grantAccess } from './access.js';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;
const HAS_DESCRIPTORS = existsSync('/proc/self/fd');

/** The folder below a root that keeps the files moved by an undo, and replaced stand-ins. */
export const QUARANTINE = '.salvor-quarantine';
const QUARANTINE_MODE = 0o700;

export interface OpenOptions {
  access?: AccessRules;
  /** Whether to create missing directories. Default: true. */
  create?: boolean;
}

/** An open directory below the destination. All work in it goes through its descriptor. */
export class OpenDirectory {
  readonly handle: FileHandle;
  readonly #path: string;

  private constructor(handle: FileHandle, path: string) {
    this.handle = handle;
    this.#path = path;
  }

  /**
   * Opens the directory of a relative path and creates missing parents. Follows no link below the root. Only the
   * quarantine folder may start with a dot.
   * @throws Failure `destination.unsafe`, `destination.failed`
   */
  static async of(root: string, relative: string, options: OpenOptions = {}): Promise<OpenDirectory> {
    const kept = relative.startsWith(`${QUARANTINE}/`);
    const wrong = unsafe(kept ? relative.slice(QUARANTINE.length + 1) : relative);
    if (wrong !== undefined) throw new Failure('destination.unsafe', `${JSON.stringify(relative)}: ${wrong}`);
    let directory = new OpenDirectory(await open(root, DIRECTORY).catch(failed(root)), root);
    try {
      const access = kept ? { ...options.access, dirMode: QUARANTINE_MODE } : (options.access ?? {});
      for (const segment of relative.split('/').slice(0, -1)) {
        directory = await directory.#step(segment, access, options.create ?? true);
      }
      return directory;
    } catch (error) {
      await directory.close();
      throw error;
    }
  }

  /** The path of a name in this directory, for system calls. */
  child(name: string): string {
    return HAS_DESCRIPTORS ? `/proc/self/fd/${this.handle.fd}/${name}` : join(this.#path, name);
  }

  async stats(): Promise<Stats> {
    return this.handle.stat();
  }

  async sync(): Promise<void> {
    await this.handle.sync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  async #step(segment: string, access: AccessRules, create: boolean): Promise<OpenDirectory> {
    const path = join(this.#path, segment);
    const parent = await this.stats();
    const mode = directoryModeIn(parent, access);
    const made = create && (await this.#make(segment, path, mode));
    if (made) await this.sync();
    const next = await open(this.child(segment), DIRECTORY | constants.O_NOFOLLOW).catch(failed(path));
    // The umask may have cleared bits.
    if (made) await grantAccess(next, mode, parent, access).catch(failed(path));
    await this.close();
    return new OpenDirectory(next, path);
  }

  #make(segment: string, path: string, mode: number): Promise<boolean> {
    return mkdir(this.child(segment), { mode }).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === 'EEXIST') return false;
        throw failure(path, error);
      },
    );
  }
}

function failed(path: string): (error: unknown) => never {
  return (error) => {
    throw failure(path, error);
  };
}

/** Converts a file system error for a destination to a failure code. */
export function failure(path: string, error: unknown): Failure {
  const code = codeOf(error);
  const link = code === 'ELOOP' || code === 'ENOTDIR';
  const message = error instanceof Error ? error.message : String(error);
  return link
    ? new Failure('destination.unsafe', `${path}: a parent is a symbolic link or not a directory`)
    : new Failure('destination.failed', `${path}: ${message}`, {
        hint: 'check that the disk is writable and has free space',
      });
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
