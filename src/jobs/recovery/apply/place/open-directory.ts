import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../../core/failure.js';
import { unsafe } from '../destination.js';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;
const HAS_DESCRIPTORS = existsSync('/proc/self/fd');

/** A directory below the destination, held open; whatever is done in it is done through the descriptor. */
export class OpenDirectory {
  private constructor(
    readonly handle: FileHandle,
    private readonly path: string,
  ) {}

  /**
   * Opens the directory of a relative path, making what is missing of it; no link is followed below the root.
   * @throws Failure `destination.unsafe`, `destination.failed`
   */
  static async of(root: string, relative: string): Promise<OpenDirectory> {
    const wrong = unsafe(relative);
    if (wrong !== undefined) throw new Failure('destination.unsafe', `${JSON.stringify(relative)}: ${wrong}`);
    let directory = new OpenDirectory(await open(root, DIRECTORY).catch(failed(root)), root);
    try {
      for (const segment of relative.split('/').slice(0, -1)) directory = await directory.step(segment);
      return directory;
    } catch (error) {
      await directory.close();
      throw error;
    }
  }

  /** A name in this directory, as the system's calls take it. */
  child(name: string): string {
    return HAS_DESCRIPTORS ? `/proc/self/fd/${this.handle.fd}/${name}` : join(this.path, name);
  }

  async sync(): Promise<void> {
    await this.handle.sync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async step(segment: string): Promise<OpenDirectory> {
    const path = join(this.path, segment);
    const made = await mkdir(this.child(segment), { mode: 0o755 }).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === 'EEXIST') return false;
        throw failure(path, error);
      },
    );
    if (made) await this.sync();
    const next = await open(this.child(segment), DIRECTORY | constants.O_NOFOLLOW).catch(failed(path));
    await this.close();
    return new OpenDirectory(next, path);
  }
}

function failed(path: string): (error: unknown) => never {
  return (error) => {
    throw failure(path, error);
  };
}

/** What the file system said of a destination, with our code. */
export function failure(path: string, error: unknown): Failure {
  const code = codeOf(error);
  const link = code === 'ELOOP' || code === 'ENOTDIR';
  const message = error instanceof Error ? error.message : String(error);
  return link
    ? new Failure('destination.unsafe', `${path}: a link, or no directory, is on the way`)
    : new Failure('destination.failed', `${path}: ${message}`, {
        hint: 'see that the disk has room and may be written',
      });
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
