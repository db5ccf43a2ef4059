import type { IncomingMessage } from 'node:http';
import { Failure } from '../../core/failure.js';
import { TransientFailure } from '../transient.js';
import { decodeXmlText } from './xml-text.js';

/** Error documents have a few hundred bytes; anything longer is something else. */
const MAX_ERROR_BYTES = 64 * 1024;

/** A response that is not a success, read completely. */
export interface ErrorAnswer {
  status: number;
  /** S3's error code; empty if the server sent none, as for every HEAD request. */
  code: string;
  message: string;
  /** The region of the bucket, if the server names it. */
  region?: string;
  serverTimeMs?: number;
}

/** Reads the error document of a response; never throws. */
export async function readErrorAnswer(response: IncomingMessage): Promise<ErrorAnswer> {
  const document = await readSome(response);
  const header = response.headers['x-amz-bucket-region'];
  const region = typeof header === 'string' ? header : textOf(document, 'Region');
  const answer: ErrorAnswer = {
    status: response.statusCode ?? 0,
    code: textOf(document, 'Code'),
    message: textOf(document, 'Message'),
  };
  if (/^[a-z0-9-]{1,64}$/.test(region)) answer.region = region;
  const serverTimeMs = Date.parse(response.headers.date ?? '');
  if (!Number.isNaN(serverTimeMs)) answer.serverTimeMs = serverTimeMs;
  return answer;
}

async function readSome(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_ERROR_BYTES) break;
      chunks.push(chunk);
    }
  } catch {
    // If the document breaks off, the status is enough.
  }
  return Buffer.concat(chunks);
}

function textOf(document: Buffer, name: string): string {
  const start = document.indexOf(`<${name}>`);
  const end = document.indexOf(`</${name}>`);
  if (start < 0 || end < start) return '';
  const text = decodeXmlText(document, start + name.length + 2, end, false) ?? '';
  // The text is printed, so remove everything that a terminal would interpret.
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ').slice(0, 300);
}

const TRANSIENT_STATUS = new Set([408, 429, 500, 502, 503, 504]);
const TRANSIENT_CODE = new Set([
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
  'ConditionalRequestConflict',
  'OperationAborted',
]);

const CREDENTIALS = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'InvalidTokenId',
  'TokenRefreshRequired',
]);

/** Whether the server redirects the request to another region or host. */
export function isRedirect(answer: ErrorAnswer): boolean {
  if (answer.status >= 301 && answer.status <= 308 && answer.status !== 304) return true;
  return (
    answer.status === 400 && (answer.code === 'AuthorizationHeaderMalformed' || answer.region !== undefined)
  );
}

/** The failure for a response. `subject` is the url of the requested object or bucket. */
export function answerFailure(answer: ErrorAnswer, subject: string, ofBucket: boolean): Failure {
  const { status, code } = answer;
  const said = [String(status), code, answer.message].filter((part) => part !== '').join(' ');
  if (isRedirect(answer)) return redirected(answer, subject, said);
  if (TRANSIENT_STATUS.has(status) || TRANSIENT_CODE.has(code)) {
    return new TransientFailure('store.unavailable', `${subject}: the store responded with ${said}`, {
      hint: 'the store is overloaded or down; run it again later',
    });
  }
  const final = (name: string, message: string, hint?: string): Failure =>
    new Failure(name, `${subject}: ${message}`, hint === undefined ? {} : { hint });
  if (code === 'NoSuchBucket' || (ofBucket && status === 404)) {
    return final(
      'store.no_bucket',
      'the bucket does not exist',
      'check the bucket name and the endpoint url',
    );
  }
  if (CREDENTIALS.has(code)) {
    return final(
      'store.denied',
      `the credentials were refused (${code})`,
      'check the AWS credentials in use',
    );
  }
  if (code === 'RequestTimeTooSkewed') {
    return final(
      'store.clock_skew',
      "this machine's clock and the store's clock differ too much",
      'set the clock of this machine',
    );
  }
  // The object exists and access is allowed, but it must first be restored from an archive storage class.
  if (code === 'InvalidObjectState') {
    return final(
      'archive.cold',
      `it is in an archive storage class and cannot be read until it is restored (${code})`,
      'send a restore request (`aws s3api restore-object`), wait until it is complete, and run this again',
    );
  }
  if (status === 401 || status === 403) {
    return final(
      'store.denied',
      `access denied (${said})`,
      'grant the permissions that docs/operations.md lists for this command',
    );
  }
  if (status === 404) return final('store.not_found', 'the object does not exist');
  if (status === 412) return final('store.precondition_failed', 'it is no longer the expected version');
  if (status === 416) return final('store.range', 'the object is shorter than the requested range');
  return final('store.refused', `the store responded with ${said}`);
}

function redirected(answer: ErrorAnswer, subject: string, said: string): Failure {
  const hint =
    answer.region === undefined
      ? 'the store redirects the request: set the endpoint url and the region of the bucket'
      : `the bucket is in region ${answer.region}: set --region ${answer.region} and its endpoint url`;
  return new Failure('store.redirect', `${subject}: the store responded with ${said}`, { hint });
}
