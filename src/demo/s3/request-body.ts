import { createHash } from 'node:crypto';
import type { Call } from './call.js';
import { S3Error } from './s3-error.js';

/** Bodies are kept in memory, which is enough for the demo and for tests. */
const MAX_BODY_BYTES = 512 * 1024 * 1024;

/** Reads the request body, removes `aws-chunked` framing, and checks declared digests. */
export async function readBody(call: Call): Promise<Buffer> {
  const raw = await collect(call);
  const declared = call.headers['x-amz-content-sha256'];
  const streamed = typeof declared === 'string' && declared.startsWith('STREAMING-');
  const content = streamed ? unchunk(raw) : raw;
  const length = call.headers['x-amz-decoded-content-length'];
  if (streamed && length !== undefined && Number(length) !== content.length) {
    throw new S3Error('IncompleteBody', 'the body length differs from x-amz-decoded-content-length');
  }
  if (typeof declared === 'string' && /^[0-9a-f]{64}$/.test(declared)) {
    const actual = createHash('sha256').update(content).digest('hex');
    if (actual !== declared)
      throw new S3Error('XAmzContentSHA256Mismatch', 'the body has a different SHA-256');
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
    if (sizeBytes > MAX_BODY_BYTES) throw new S3Error('EntityTooLarge', 'larger than this server accepts');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}

/** Decodes chunks of `<hex size>[;chunk-signature=…]CRLF<bytes>CRLF`, up to a chunk of size 0. */
function unchunk(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', at);
    const size =
      lineEnd < 0 ? undefined : /^([0-9a-f]{1,8})(;|$)/i.exec(raw.toString('latin1', at, lineEnd))?.[1];
    if (size === undefined) throw new S3Error('IncompleteBody', 'the aws-chunked framing is invalid');
    const start = lineEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (end === start) return Buffer.concat(parts);
    if (end + 2 > raw.length) throw new S3Error('IncompleteBody', 'the body ended within a chunk');
    parts.push(raw.subarray(start, end));
    at = end + 2;
  }
}
