import type { IncomingMessage } from 'node:http';
import { Failure } from '../../core/failure.js';
import { TransientFailure } from '../transient.js';
import { decodeXmlText } from './xml-text.js';

/** Error documents are some hundred bytes; what is longer is none. */
const MAX_ERROR_BYTES = 64 * 1024;

/** An answer that is no success, read to its end. */
export interface ErrorAnswer {
  status: number;
  /** S3's name of the error; empty where the server sent none, as to every HEAD. */
  code: string;
  message: string;
  /** The region that the bucket is in, where the server tells. */
  region?: string;
  serverTimeMs?: number;
}

/** Reads the error document of an answer; never throws. */
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
    // The status says enough when the document breaks off.
  }
  return Buffer.concat(chunks);
}

function textOf(document: Buffer, name: string): string {
  const start = document.indexOf(`<${name}>`);
  const end = document.indexOf(`</${name}>`);
  if (start < 0 || end < start) return '';
  const text = decodeXmlText(document, start + name.length + 2, end, false) ?? '';
  // Shown to a person: nothing that a terminal would take as a command.
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

/** Whether the bucket wants to be asked in another way: another region or host. */
export function isRedirect(answer: ErrorAnswer): boolean {
  if (answer.status >= 301 && answer.status <= 308 && answer.status !== 304) return true;
  return (
    answer.status === 400 && (answer.code === 'AuthorizationHeaderMalformed' || answer.region !== undefined)
  );
}

/** The failure that an answer stands for. `subject` is the url of what was asked for: an object, or the bucket. */
export function answerFailure(answer: ErrorAnswer, subject: string, ofBucket: boolean): Failure {
  const { status, code } = answer;
  const said = [String(status), code, answer.message].filter((part) => part !== '').join(' ');
  if (isRedirect(answer)) return redirected(answer, subject, said);
  if (TRANSIENT_STATUS.has(status) || TRANSIENT_CODE.has(code)) {
    return new TransientFailure('store.unavailable', `${subject}: the store answered ${said}`, {
      hint: 'the store is overloaded or down; run it again later',
    });
  }
  const final = (name: string, message: string, hint?: string): Failure =>
    new Failure(name, `${subject}: ${message}`, hint === undefined ? {} : { hint });
  if (code === 'NoSuchBucket' || (ofBucket && status === 404)) {
    return final('store.no_bucket', 'there is no such bucket', 'check the bucket name and the endpoint url');
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
      "this clock and the store's are too far apart",
      'set the clock of this machine',
    );
  }
  // The object is there and may be read: it has to be brought back from an archived storage class first.
  if (code === 'InvalidObjectState') {
    return final(
      'archive.cold',
      `it is in an archived storage class and cannot be read before it is restored (${code})`,
      'send a restore request (`aws s3api restore-object`), wait until it is done, and run this again',
    );
  }
  if (status === 401 || status === 403) {
    return final(
      'store.denied',
      `access denied (${said})`,
      'grant what docs/operations.md lists for this command',
    );
  }
  if (status === 404) return final('store.not_found', 'there is no such object');
  if (status === 412) return final('store.precondition_failed', 'it is not the expected version any more');
  if (status === 416) return final('store.range', 'the object is shorter than the range asked for');
  return final('store.refused', `the store answered ${said}`);
}

function redirected(answer: ErrorAnswer, subject: string, said: string): Failure {
  const hint =
    answer.region === undefined
      ? 'the store sends the request elsewhere: set the endpoint url and the region of the bucket'
      : `the bucket is in region ${answer.region}: set --region ${answer.region} and its endpoint url`;
  return new Failure('store.redirect', `${subject}: the store answered ${said}`, { hint });
}
