import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.js';
import { parseQuery } from './uri.js';

/** A parsed request. */
export interface Call {
  method: string;
  /** The path as sent, still encoded; the signature covers this form. */
  rawPath: string;
  queryPairs: [string, string][];
  query: ReadonlyMap<string, string>;
  headers: IncomingHttpHeaders;
  /** Absent for a request to the service. */
  bucket?: string;
  /** Absent for a request to the bucket. */
  key?: string;
  /** The S3 operation: `ListObjectsV2`, `GetObject`, … */
  operation: string;
  request: IncomingMessage;
}

/** Parses path-style requests and virtual-host requests to `<bucket>.localhost`. @throws S3Error `InvalidURI` */
export function parseCall(request: IncomingMessage): Call {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  try {
    const queryPairs = parseQuery(mark < 0 ? '' : target.slice(mark + 1));
    const query = new Map(queryPairs);
    const path = decodeURIComponent(rawPath).replace(/^\//, '');
    const hostBucket = /^(.+)\.localhost(:\d+)?$/.exec(request.headers.host ?? '')?.[1];
    const place = hostBucket === undefined ? splitPath(path) : { bucket: hostBucket, ...keyOf(path) };
    const method = request.method ?? 'GET';
    const operation = operationOf(method, place, query, request.headers);
    return { method, rawPath, queryPairs, query, headers: request.headers, ...place, operation, request };
  } catch (error) {
    if (error instanceof URIError)
      throw new S3Error('InvalidURI', 'the request target is not validly encoded');
    throw error;
  }
}

function splitPath(path: string): { bucket?: string; key?: string } {
  const slash = path.indexOf('/');
  if (path === '') return {};
  if (slash < 0) return { bucket: path };
  return { bucket: path.slice(0, slash), ...keyOf(path.slice(slash + 1)) };
}

function keyOf(key: string): { key?: string } {
  return key === '' ? {} : { key };
}

const ON_OBJECT: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};

const ON_BUCKET: Readonly<Record<string, string>> = {
  HEAD: 'HeadBucket',
  PUT: 'CreateBucket',
  DELETE: 'DeleteBucket',
};

function operationOf(
  method: string,
  place: { bucket?: string; key?: string },
  query: ReadonlyMap<string, string>,
  headers: IncomingHttpHeaders,
): string {
  if (place.bucket === undefined) return method === 'GET' ? 'ListBuckets' : 'Unknown';
  if (place.key === undefined) {
    if (method !== 'GET') return ON_BUCKET[method] ?? 'Unknown';
    if (query.has('location')) return 'GetBucketLocation';
    if (query.has('versioning')) return 'GetBucketVersioning';
    return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
  }
  if (method === 'POST' && query.has('uploads')) return 'CreateMultipartUpload';
  if (query.has('uploadId')) return UPLOADS[method] ?? 'Unknown';
  if (method === 'PUT' && headers['x-amz-copy-source'] !== undefined) return 'CopyObject';
  return ON_OBJECT[method] ?? 'Unknown';
}

const UPLOADS: Readonly<Record<string, string>> = {
  PUT: 'UploadPart',
  POST: 'CompleteMultipartUpload',
  DELETE: 'AbortMultipartUpload',
};
