import type { ServerResponse } from 'node:http';
import { xmlDocument } from './xml.js';

/** A response as a value, so that a test can change it before it is sent. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer | AsyncIterable<Uint8Array>;
  /** Breaks the connection after this many bytes of the body, by a reset or an orderly close. */
  breakOff?: { afterBytes: number; how: 'reset' | 'close' };
}

const NOTHING: Buffer = Buffer.alloc(0);

export function xmlAnswer(root: string, inner: string, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: Buffer.from(xmlDocument(root, inner)),
  };
}

export function emptyAnswer(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: NOTHING };
}

/** Sends the answer; resolves when everything is written or the connection is closed. */
export async function sendResponse(
  response: ServerResponse,
  answer: Answer,
  withBody: boolean,
): Promise<void> {
  if (Buffer.isBuffer(answer.body)) response.setHeader('content-length', answer.body.length);
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.statusCode = answer.status;
  if (!withBody) {
    response.end();
    return;
  }
  const chunks = Buffer.isBuffer(answer.body) ? [answer.body] : answer.body;
  let left = answer.breakOff?.afterBytes ?? Number.POSITIVE_INFINITY;
  response.flushHeaders();
  for await (const chunk of chunks) {
    if (response.destroyed) return;
    const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= part.length;
    await write(response, part);
    if (left <= 0) break;
  }
  if (answer.breakOff === undefined) response.end();
  else if (answer.breakOff.how === 'reset') response.socket?.resetAndDestroy();
  else response.socket?.end();
}

/** Resolves when the bytes are handed to the kernel, or when the connection is closed. */
function write(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  if (chunk.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(chunk, done);
  });
}
