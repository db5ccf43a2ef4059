import type { IncomingMessage } from 'node:http';
import { Failure } from '../../core/failure.js';
import { counted, number } from '../../core/pluralize.js';
import type { ObjectBody, ObjectInfo, ReadOptions, StoreReader } from '../port.js';
import { TransientFailure } from '../transient.js';
import { connectionFailure } from './connection-failure.js';
import { S3Lister } from './lister.js';
import type { S3Request } from './session.js';
import { atUsefulSpeed } from './speed-floor.js';

/** A lister that can also read objects. A body that breaks off throws a TransientFailure; a decorator resumes it. */
export class S3Reader extends S3Lister implements StoreReader {
  async head(key: string, signal?: AbortSignal): Promise<ObjectInfo> {
    return this.#head(key, {}, signal);
  }

  async get(key: string, options: ReadOptions = {}): Promise<ObjectBody> {
    const { range, signal } = options;
    const headers: Record<string, string> = {};
    if (options.ifMatch !== undefined) headers['if-match'] = `"${options.ifMatch}"`;
    if (range !== undefined && range.end <= range.start) {
      return { info: await this.#head(key, headers, signal), body: nothing() };
    }
    if (range !== undefined) headers.range = `bytes=${range.start}-${range.end - 1}`;
    const request: S3Request = { method: 'GET', key, headers, subject: this.urlOf(key), signal };
    const response = await this.session.request(request);
    try {
      const info = infoOf(key, response, request.subject);
      requireVersion(info, options.ifMatch, request.subject);
      const expected = range === undefined ? info.sizeBytes : range.end - range.start;
      if (range !== undefined) checkRange(response, range, request.subject);
      return {
        info,
        body: readExactly(
          atUsefulSpeed(response, this.session.idleTimeoutMs, request.subject),
          expected,
          request,
        ),
      };
    } catch (error) {
      response.destroy();
      throw error;
    }
  }

  async #head(key: string, headers: Record<string, string>, signal?: AbortSignal): Promise<ObjectInfo> {
    const subject = this.urlOf(key);
    const response = await this.session.request({ method: 'HEAD', key, headers, subject, signal });
    response.resume();
    return infoOf(key, response, subject);
  }
}

async function* nothing(): AsyncIterable<Uint8Array> {}

function infoOf(key: string, response: IncomingMessage, subject: string): ObjectInfo {
  const { headers } = response;
  const total = /^bytes \d{1,15}-\d{1,15}\/(\d{1,15})$/.exec(headers['content-range'] ?? '')?.[1];
  const sizeBytes = Number(total ?? headers['content-length'] ?? Number.NaN);
  const lastModifiedMs = Date.parse(headers['last-modified'] ?? '');
  if (!Number.isSafeInteger(sizeBytes) || Number.isNaN(lastModifiedMs)) {
    throw new Failure('store.refused', `${subject}: the store did not send its size or date`);
  }
  const etag = headers.etag?.replace(/^W\//, '').replaceAll('"', '');
  return etag ? { key, sizeBytes, lastModifiedMs, etag } : { key, sizeBytes, lastModifiedMs };
}

/** A server without support for If-Match returns whatever version it has. */
function requireVersion({ etag }: ObjectInfo, ifMatch: string | undefined, subject: string): void {
  if (ifMatch === undefined || etag === undefined || etag === ifMatch) return;
  throw new Failure('store.precondition_failed', `${subject} is not the expected version`, {
    hint: 'it was replaced in the meantime; run it again',
  });
}

function checkRange(response: IncomingMessage, range: { start: number; end: number }, subject: string): void {
  if (response.statusCode !== 206) {
    throw new Failure('store.refused', `${subject}: the store does not support range requests`);
  }
  const sent = response.headers['content-range'] ?? '';
  if (sent.startsWith(`bytes ${range.start}-${range.end - 1}/`)) return;
  throw new Failure('store.range', `${subject}: the object is shorter than the requested range`);
}

/** Returns exactly the expected bytes, or fails. */
async function* readExactly(
  chunks: AsyncIterable<Buffer>,
  expected: number,
  request: S3Request,
): AsyncIterable<Uint8Array> {
  let seen = 0;
  try {
    for await (const chunk of chunks) {
      seen += chunk.length;
      if (seen > expected)
        throw new Failure('store.refused', `${request.subject}: the store sent more bytes than announced`);
      yield chunk;
    }
  } catch (error) {
    request.signal?.throwIfAborted();
    throw connectionFailure(error, request.subject);
  }
  if (seen < expected) {
    throw new TransientFailure(
      'store.unavailable',
      `${request.subject}: ended after ${number(seen)} of ${counted(expected, 'byte')}`,
    );
  }
}
