import type { IncomingHttpHeaders } from 'node:http';
import type { StoredObject } from './catalog.js';
import { S3Error } from './s3-error.js';

/** Whether the client already has this version. @throws S3Error `PreconditionFailed` */
export function checkReadConditions(
  headers: IncomingHttpHeaders,
  object: StoredObject,
): 'send' | 'not-modified' {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined && !matches(ifMatch, object)) {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
  const ifNoneMatch = headers['if-none-match'];
  return ifNoneMatch !== undefined && matches(ifNoneMatch, object) ? 'not-modified' : 'send';
}

/** @throws S3Error `PreconditionFailed`; `NoSuchKey` for an `If-Match` on a missing object */
export function checkWriteConditions(headers: IncomingHttpHeaders, existing: StoredObject | undefined): void {
  const ifNoneMatch = headers['if-none-match'];
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined && existing === undefined) throw new S3Error('NoSuchKey', 'no such key');
  const clash = existing !== undefined && ifNoneMatch !== undefined && matches(ifNoneMatch, existing);
  const stale = existing !== undefined && ifMatch !== undefined && !matches(ifMatch, existing);
  if (clash || stale) {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  }
}

function matches(header: string, object: StoredObject): boolean {
  return header.split(',').some((part) => {
    const text = part.trim().replace(/^W\//, '');
    return text === '*' || text.replaceAll('"', '') === object.etag;
  });
}

/** The byte range that a `Range` header requests; other forms are ignored. @throws S3Error `InvalidRange` */
export function rangeOf(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (match === null || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start >= sizeBytes || end <= start) {
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
      headers: { 'content-range': `bytes */${sizeBytes}` },
    });
  }
  return { start, end };
}
