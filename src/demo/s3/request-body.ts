import { createHash } from 'node:crypto';
import type { Call } from './call.js';
import { S3Error } from './s3-error.js';

/** Objects are held in memory while they are received: a demo and a test, not a store. */
const MAX_BODY_BYTES = 512 * 1024 * 1024;

/** The content of a request: `aws-chunked` framing taken off, its digest checked where the client declared one. */
export async function readBody(call: Call): Promise<Buffer> {
  const raw = await collect(call);
  const declared = call.headers['x-amz-content-sha256'];
  const streamed = typeof declared === 'string' && declared.startsWith('STREAMING-');
  const content = streamed ? unchunk(raw) : raw;
  const length = call.headers['x-amz-decoded-content-length'];
  if (streamed && length !== undefined && Number(length) !== content.length) {
    throw new S3Error('IncompleteBody', 'the body is not as long as x-amz-decoded-content-length says');
  }
  if (typeof declared === 'string' && /^[0-9a-f]{64}$/.test(declared)) {
    const actual = createHash('sha256').update(content).digest('hex');
    if (actual !== declared) throw new S3Error('XAmzContentSHA256Mismatch', 'the body has another SHA-256');
  }
  const contentMd5 = call.headers['content-md5'];
  if (contentMd5 !== undefined && createHash('md5').update(content).digest('base64') !== contentMd5) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  return content;
}

async function collect(call: Call): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of call.request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new S3Error('EntityTooLarge', 'larger than this server takes');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}

/** `<hex size>[;chunk-signature=…]CRLF<bytes>CRLF`, ended by a chunk of size 0 and optional trailers. */
function unchunk(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', at);
    const size =
      lineEnd < 0 ? undefined : /^([0-9a-f]{1,8})(;|$)/i.exec(raw.toString('latin1', at, lineEnd))?.[1];
    if (size === undefined) throw new S3Error('IncompleteBody', 'the aws-chunked framing is broken');
    const start = lineEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) return Buffer.concat(parts);
    if (end + 2 > raw.length) throw new S3Error('IncompleteBody', 'the body ended within a chunk');
    parts.push(raw.subarray(start, end));
    at = end + 2;
  }
}
