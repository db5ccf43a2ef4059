import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.js';
import type { ObjectBody, ObjectInfo, ReadOptions, StoreReader } from '../port.js';
import { DirectoryLister, infoOf } from './lister.js';
import { errorCode, storeFileFailure } from './walk.js';

const CHUNK_BYTES = 256 * 1024;

/** A directory store that can also read files. */
export class DirectoryReader extends DirectoryLister implements StoreReader {
  async head(key: string, signal?: AbortSignal): Promise<ObjectInfo> {
    signal?.throwIfAborted();
    const { file, info } = await this.#open(key);
    await file.close();
    return info;
  }

  async get(key: string, options: ReadOptions = {}): Promise<ObjectBody> {
    options.signal?.throwIfAborted();
    const { file, info } = await this.#open(key);
    try {
      const range = options.range ?? { start: 0, end: info.sizeBytes };
      if (options.ifMatch !== undefined && options.ifMatch !== info.etag) throw changed(this.urlOf(key));
      if (range.end > info.sizeBytes && range.end > range.start) {
        throw new Failure('store.range', `${this.urlOf(key)}: the file is shorter than the requested range`);
      }
      return { info, body: this.#read(key, info, range, options.signal) };
    } finally {
      await file.close();
    }
  }

  /** Opens the file only when it is read, so that an unused body keeps no file open. */
  async *#read(
    key: string,
    info: ObjectInfo,
    range: { start: number; end: number },
    signal: AbortSignal | undefined,
  ): AsyncIterable<Uint8Array> {
    const opened = await this.#open(key);
    try {
      if (opened.info.etag !== info.etag) throw changed(this.urlOf(key));
      for (let at = range.start; at < range.end; ) {
        signal?.throwIfAborted();
        const wanted = Math.min(CHUNK_BYTES, range.end - at);
        const { bytesRead, buffer } = await opened.file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
        if (bytesRead === 0) throw changed(this.urlOf(key));
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      const after = infoOf(key, await opened.file.stat({ bigint: true }));
      if (after.etag !== info.etag) throw changed(this.urlOf(key));
    } catch (error) {
      if (signal?.aborted) throw error;
      throw storeFileFailure(error, this.urlOf(key));
    } finally {
      await opened.file.close();
    }
  }

  async #open(key: string): Promise<{ file: FileHandle; info: ObjectInfo }> {
    const path = await this.pathOf(key);
    let file: FileHandle;
    try {
      // Non-blocking: opening a FIFO under that name would wait for a writer.
      file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errorCode(error))) throw notFound(this.urlOf(key));
      throw storeFileFailure(error, path);
    }
    const stats = await file.stat({ bigint: true });
    if (stats.isFile()) return { file, info: infoOf(key, stats) };
    await file.close();
    throw notFound(this.urlOf(key));
  }

  /** The path of an existing key, without `..` and without symbolic links. @throws Failure `store.not_found` */
  protected async pathOf(key: string): Promise<string> {
    const segments = key.split('/');
    if (key.includes('\0') || segments.some((segment) => ['', '.', '..'].includes(segment))) {
      throw notFound(this.urlOf(key));
    }
    const root = await this.#realRoot();
    try {
      const parent = join(root, ...segments.slice(0, -1));
      if ((await realpath(parent)) === parent) return join(root, ...segments);
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error)))
        throw storeFileFailure(error, this.root);
    }
    throw notFound(this.urlOf(key));
  }

  async #realRoot(): Promise<string> {
    try {
      return await realpath(this.root);
    } catch (error) {
      throw storeFileFailure(error, this.root);
    }
  }
}

function notFound(url: string): Failure {
  return new Failure('store.not_found', `${url}: the file does not exist`);
}

function changed(url: string): Failure {
  return new Failure('store.precondition_failed', `${url}: it is no longer the expected version`);
}
