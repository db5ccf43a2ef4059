import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../core/failure.js';
import type { ObjectInfo, StoreWriter, WriteOptions } from '../port.js';
import { DirectoryReader } from './reader.js';
import { errorCode, storeFileFailure } from './walk.js';

/**
 * A directory store that can also write. Files are written and synced under a temporary name, then linked, which never
 * replaces a file.
 */
export class DirectoryWriter extends DirectoryReader implements StoreWriter {
  async putFile(key: string, path: string, options: WriteOptions = {}): Promise<ObjectInfo> {
    options.signal?.throwIfAborted();
    await this.#makeDirectories(key);
    const final = await this.pathOf(key);
    const temporary = join(dirname(final), `.salvor-${randomUUID()}.tmp`);
    try {
      await copyFile(path, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await sync(temporary);
      if (options.replace === true) await rename(temporary, final);
      else await link(temporary, final);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') {
        throw new Failure('store.exists', `${this.urlOf(key)} already exists`, {
          hint: 'use --replace to replace it',
        });
      }
      throw storeFileFailure(error, final);
    } finally {
      await unlink(temporary).catch(() => {});
    }
    await sync(dirname(final));
    return this.head(key);
  }

  /** Created one by one from the top, so that no symbolic link is followed out of the store. */
  async #makeDirectories(key: string): Promise<void> {
    const segments = key.split('/');
    for (let depth = 1; depth < segments.length; depth += 1) {
      const path = await this.pathOf(segments.slice(0, depth).join('/'));
      try {
        await mkdir(path);
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw storeFileFailure(error, path);
      }
    }
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
