import { type Answer, emptyAnswer } from './answer.js';
import type { Call } from './call.js';
import { type Catalog, findObject, type StoredObject } from './catalog.js';
import { checkReadConditions, rangeOf } from './conditions.js';
import { S3Error } from './s3-error.js';

/** GetObject and HeadObject; the body of a HEAD is not sent. */
export function readObject(catalog: Catalog, call: Call): Answer {
  const object = findObject(catalog, call.key ?? '');
  if (object === undefined) {
    throw new S3Error('NoSuchKey', 'The specified key does not exist.', { fields: { Key: call.key ?? '' } });
  }
  if (checkReadConditions(call.headers, object) === 'not-modified') return emptyAnswer(304, describe(object));
  const range = rangeOf(call.headers.range, object.sizeBytes);
  const { start, end } = range ?? { start: 0, end: object.sizeBytes };
  const headers: Record<string, string> = { ...describe(object), 'content-length': String(end - start) };
  if (range !== undefined) headers['content-range'] = `bytes ${start}-${end - 1}/${object.sizeBytes}`;
  return { status: range === undefined ? 200 : 206, headers, body: catalog.read(object, start, end) };
}

function describe(object: StoredObject): Record<string, string> {
  return {
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
  };
}
