import type { Answer } from './answer.js';
import { xmlAnswer } from './answer.js';
import { element } from './xml.js';

const STATUS: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  InvalidObjectState: 403,
  AuthorizationHeaderMalformed: 400,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  EntityTooLarge: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidPart: 400,
  InvalidRange: 416,
  InvalidURI: 400,
  MethodNotAllowed: 405,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PermanentRedirect: 301,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  TemporaryRedirect: 307,
  XAmzContentSHA256Mismatch: 400,
};

/** An S3 error. The code determines the HTTP status. */
export class S3Error extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Additional elements of the error document, such as `Region`. */
  readonly fields: Record<string, string>;

  constructor(
    code: string,
    message: string,
    more: { headers?: Record<string, string>; fields?: Record<string, string> } = {},
  ) {
    super(message);
    this.code = code;
    this.status = STATUS[code] ?? 400;
    this.headers = more.headers ?? {};
    this.fields = more.fields ?? {};
  }
}

export function errorAnswer(error: S3Error): Answer {
  const fields = Object.entries(error.fields).map(([name, text]) => element(name, text));
  const inner = `${element('Code', error.code)}${element('Message', error.message)}${fields.join('')}`;
  const answer = xmlAnswer('Error', inner, error.status);
  Object.assign(answer.headers, error.headers);
  return answer;
}
