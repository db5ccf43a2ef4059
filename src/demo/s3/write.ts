import { createHash, randomUUID } from 'node:crypto';
import { type Answer, emptyAnswer, xmlAnswer } from './answer.js';
import type { Call } from './call.js';
import { type Catalog, findObject } from './catalog.js';
import { checkWriteConditions } from './conditions.js';
import { md5 } from './memory-catalog.js';
import { readBody } from './request-body.js';
import { S3Error } from './s3-error.js';
import { element } from './xml.js';

interface Upload {
  bucket: string;
  key: string;
  parts: Map<number, Buffer>;
}

/** PutObject, DeleteObject and multipart uploads, with the parts in memory. */
export class Writes {
  readonly #uploads = new Map<string, Upload>();

  async putObject(catalog: Catalog, call: Call): Promise<Answer> {
    const content = await readBody(call);
    const key = call.key ?? '';
    checkWriteConditions(call.headers, findObject(catalog, key));
    if (catalog.put === undefined) throw new S3Error('AccessDenied', 'this bucket is read-only');
    const object = await catalog.put(key, content);
    return emptyAnswer(200, { etag: `"${object.etag}"` });
  }

  async deleteObject(catalog: Catalog, call: Call): Promise<Answer> {
    if (catalog.delete === undefined) throw new S3Error('AccessDenied', 'this bucket is read-only');
    await catalog.delete(call.key ?? '');
    return emptyAnswer(204);
  }

  create(call: Call): Answer {
    const id = randomUUID();
    const [bucket, key] = [call.bucket ?? '', call.key ?? ''];
    this.#uploads.set(id, { bucket, key, parts: new Map() });
    const inner = `${element('Bucket', bucket)}${element('Key', key)}${element('UploadId', id)}`;
    return xmlAnswer('InitiateMultipartUploadResult', inner);
  }

  async uploadPart(call: Call): Promise<Answer> {
    const content = await readBody(call);
    const number = Number(call.query.get('partNumber'));
    if (!(number >= 1 && number <= 10_000)) throw new S3Error('InvalidArgument', 'no such part number');
    this.#find(call).parts.set(number, content);
    return emptyAnswer(200, { etag: `"${md5(content)}"` });
  }

  async complete(catalog: Catalog, call: Call): Promise<Answer> {
    const wanted = [...(await readBody(call)).toString().matchAll(/<PartNumber>(\d{1,5})<\/PartNumber>/g)];
    const upload = this.#find(call);
    const parts = wanted.map((match) => {
      const part = upload.parts.get(Number(match[1]));
      if (part === undefined) throw new S3Error('InvalidPart', `part ${match[1]} was never uploaded`);
      return part;
    });
    checkWriteConditions(call.headers, findObject(catalog, upload.key));
    if (catalog.put === undefined) throw new S3Error('AccessDenied', 'this bucket is read-only');
    const digests = Buffer.concat(parts.map((part) => createHash('md5').update(part).digest()));
    const object = await catalog.put(upload.key, Buffer.concat(parts), `${md5(digests)}-${parts.length}`);
    this.#uploads.delete(call.query.get('uploadId') ?? '');
    const inner = `${element('Bucket', upload.bucket)}${element('Key', upload.key)}${element('ETag', `"${object.etag}"`)}`;
    return xmlAnswer('CompleteMultipartUploadResult', inner);
  }

  abort(call: Call): Answer {
    this.#find(call);
    this.#uploads.delete(call.query.get('uploadId') ?? '');
    return emptyAnswer(204);
  }

  #find(call: Call): Upload {
    const upload = this.#uploads.get(call.query.get('uploadId') ?? '');
    if (upload === undefined || upload.bucket !== call.bucket || upload.key !== call.key) {
      throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.');
    }
    return upload;
  }
}
