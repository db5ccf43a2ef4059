import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { encodeUri } from '../../core/uri.js';
import type { Call } from './call.js';
import { S3Error } from './s3-error.js';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Maximum clock skew of a client, as in S3. */
const MAX_SKEW_MS = 15 * 60_000;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/s3\/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/;

/** Checks the `Authorization` header of Signature Version 4. @throws S3Error with the code that S3 uses */
export function verifySignature(call: Call, credentials: Credentials, region: string, nowMs: number): void {
  const header = call.headers.authorization;
  if (header === undefined) throw new S3Error('AccessDenied', 'Access Denied');
  const match = AUTHORIZATION.exec(header);
  if (match === null) throw malformed('The authorization header is malformed', region);
  const [, accessKeyId = '', date = '', scopeRegion = '', signedHeaders = '', signature = ''] = match;
  if (accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 'The access key ID you provided does not exist in our records.');
  }
  if (scopeRegion !== region) {
    throw malformed(`the region '${scopeRegion}' is wrong; expecting '${region}'`, region);
  }
  const timestamp = String(call.headers['x-amz-date'] ?? '');
  checkTime(timestamp, date, nowMs);
  const scope = `${date}/${region}/s3/aws4_request`;
  const request = canonicalRequest(call, signedHeaders.split(';'));
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(request)].join('\n');
  const expected = hmac(signingKey(credentials.secretAccessKey, date, region), toSign);
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    throw new S3Error('SignatureDoesNotMatch', 'The request signature we calculated does not match.', {
      fields: { CanonicalRequest: request },
    });
  }
}

function malformed(message: string, region: string): S3Error {
  return new S3Error('AuthorizationHeaderMalformed', message, {
    fields: { Region: region },
    headers: { 'x-amz-bucket-region': region },
  });
}

function checkTime(timestamp: string, date: string, nowMs: number): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (match === null || !timestamp.startsWith(date)) throw new S3Error('AccessDenied', 'no valid x-amz-date');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const sentMs = Date.UTC(year, month - 1, day, hour, minute, second);
  if (Math.abs(sentMs - nowMs) > MAX_SKEW_MS) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and ours is too large.',
    );
  }
}

function canonicalRequest(call: Call, signedHeaders: string[]): string {
  const path = call.rawPath
    .split('/')
    .map((segment) => encodeUri(decodeURIComponent(segment)))
    .join('/');
  const query = call.queryPairs
    .map(([name, value]): [string, string] => [encodeUri(name), encodeUri(value)])
    .sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const headers = signedHeaders.map((name) => `${name}:${headerText(call, name)}\n`).join('');
  const payload = String(call.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD');
  return [call.method, path, query, headers, signedHeaders.join(';'), payload].join('\n');
}

function headerText(call: Call, name: string): string {
  const value = call.headers[name] ?? '';
  return (Array.isArray(value) ? value.join(',') : value).trim().replace(/ +/g, ' ');
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function signingKey(secret: string, date: string, region: string): Buffer {
  return [date, region, 's3', 'aws4_request'].reduce(
    (key: Buffer, part) => hmac(key, part),
    Buffer.from(`AWS4${secret}`),
  );
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
