import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Failure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import type { ObjectInfo, StoreWriter, WriteOptions } from '../port.js';
import { S3Reader } from './reader.js';
import type { S3Request } from './session.js';

/** The maximum size that S3 accepts in one PUT. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** A reader that can also write objects, each with one signed PUT whose SHA-256 the store checks. */
export class S3Writer extends S3Reader implements StoreWriter {
  async putFile(key: string, path: string, options: WriteOptions = {}): Promise<ObjectInfo> {
    const { signal } = options;
    const subject = this.urlOf(key);
    const { size } = await stat(path);
    if (size > MAX_PUT_BYTES) {
      throw new Failure(
        'store.too_large',
        `${subject}: ${counted(size, 'byte exceeds', 'bytes exceed')} the maximum size of one request`,
      );
    }
    // Not every server supports the condition on PUT: check first, and use the condition against the race.
    if (options.replace !== true && (await this.#exists(key, signal))) throw exists(subject);
    const headers: Record<string, string> = { 'content-length': String(size) };
    if (options.contentType !== undefined) headers['content-type'] = options.contentType;
    if (options.replace !== true) headers['if-none-match'] = '*';
    const bodySha256 = await sha256Of(path);
    await this.#put({ method: 'PUT', key, headers, bodyPath: path, bodySha256, subject, signal });
    return this.head(key, signal);
  }

  async #exists(key: string, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.head(key, signal);
      return true;
    } catch (error) {
      if (error instanceof Failure && error.code === 'store.not_found') return false;
      throw error;
    }
  }

  async #put(request: S3Request): Promise<void> {
    try {
      (await this.session.request(request)).resume();
    } catch (error) {
      const clash = error instanceof Failure && error.code === 'store.precondition_failed';
      throw clash ? exists(request.subject) : error;
    }
  }
}

function exists(subject: string): Failure {
  return new Failure('store.exists', `${subject} already exists`, {
    hint: 'use --replace to replace it',
  });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
